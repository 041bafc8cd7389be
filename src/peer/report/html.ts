/**
 * The report as one page of HTML: styles, charts and pictures inside it, no script, nothing from the network.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { aggregate } from "./aggregate.ts";
 * import { renderReport } from "./html.ts";
 *
 * const report = aggregate([], {
 *   title: "Two sites",
 *   command: "deno task demo --seed 7",
 *   startedAt: "2026-01-02T03:04:05Z",
 *   seconds: 1,
 *   version: { syncytium: "0.1.0", deno: "2.9.6", tfjs: "4.22.0" },
 *   seed: 7,
 *   dataset: { name: "phantom", labels: { 1: "myocardium" }, phantom: true },
 * });
 * const page = renderReport(report);
 * assertStringIncludes(page, "Two sites");
 * ```
 *
 * @module
 */
import { diceSection, headline } from "./_html_dice.ts";
import { casesSection } from "./_html_cases.ts";
import { leftSection } from "./_html_left.ts";
import { caveats, meshSection, runSection } from "./_html_mesh.ts";
import { fineTuningSection, pretrainingSection } from "./_html_curves.ts";
import { picturesSection } from "./_html_pictures.ts";
import { formatCount } from "../../display/formats/count.ts";
import { formatDuration } from "../../display/formats/duration.ts";
import { formatTime } from "../../display/formats/time.ts";
import { renderPage } from "../../display/page.ts";
import { REPORT_STYLE } from "./_style.ts";
import type { RunReport } from "./schema.ts";

/** The whole page as text; every name and command in it is escaped. */
export function renderReport(report: RunReport): string {
  const facts = [
    report.dataset.name,
    ...(report.isOwn ? [] : [formatCount(report.peers, "peer")]),
    formatCount(report.rounds, "round"),
    formatDuration(report.seconds),
    ...(report.seed === undefined ? [] : [`seed ${report.seed}`]),
    ...(report.startedAt === undefined ? [] : [formatTime(report.startedAt)]),
  ];
  return renderPage({
    title: report.title,
    kind: report.isOwn ? "site report" : "run report",
    facts,
    style: REPORT_STYLE,
  }, [
    headline(report),
    diceSection(report),
    picturesSection(report),
    pretrainingSection(report),
    fineTuningSection(report),
    casesSection(report),
    meshSection(report),
    leftSection(report),
    runSection(report),
    caveats(report),
  ]);
}
