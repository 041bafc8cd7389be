/**
 * The end of a run on the terminal, and the same as Markdown for notes and evidence.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { aggregate } from "./aggregate.ts";
 * import { summary } from "./summary.ts";
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
 * console.log(summary(report));
 * assertStringIncludes(summary(report, { markdown: true }), "| myocardium |");
 * ```
 *
 * @module
 */
import { labelNames } from "./aggregate.ts";
import { formatBytes } from "../../display/formats/bytes.ts";
import { formatCount } from "../../display/formats/count.ts";
import { formatDifference } from "../../display/formats/difference.ts";
import { formatDuration } from "../../display/formats/duration.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { formatSpread } from "../../display/formats/spread.ts";
import { formatTime } from "../../display/formats/time.ts";
import { NONE } from "../../display/formats/none.ts";
import { printable } from "../../display/formats/printable.ts";
import { type TableOptions, writeTable } from "../../display/tables/write.ts";
import { hasBaseline } from "./_methods.ts";
import { cutRemarks, partRemarks } from "./part.ts";
import type { MethodScore, RunReport, SiteSpread } from "./schema.ts";
import { hasDice, lackingDice, verdict } from "./verdict.ts";

/**
 * Dice by structure: from scratch, pre-trained and their difference, mean ± sd over sites; pre-trained only where
 * nothing was trained from scratch.
 */
export function diceTable(report: RunReport, options: TableOptions = {}): string {
  const { objective, dice, dataset } = report;
  const labels = labelNames(dataset);
  const isCompared = hasBaseline(report) || report.sites.length === 0;
  const rowOf = (name: string, of: (score: MethodScore) => SiteSpread) => [
    name,
    ...isCompared ? [formatSpread(of(dice.scratch))] : [],
    formatSpread(of(dice.pretrained)),
    ...isCompared ? [formatSpread(of(dice.difference), formatDifference)] : [],
  ];
  const rows = labels.map((label) => rowOf(label, ({ perClass }) => perClass[label]));
  const mean = rowOf("mean", (score) => score);
  const header = isCompared ? ["Dice", "from scratch", objective, "difference"] : ["Dice", objective];
  return writeTable({ header, rows: labels.length === 1 ? rows : [...rows, mean] }, options);
}

/** Bytes by kind and site. */
export function bytesTable({ sites, bytes }: RunReport, options: TableOptions = {}): string {
  const rows = sites.map((site) => [
    site.name,
    ...(["weights", "embeddings", "control"] as const).map((kind) => formatBytes(site.bytes[kind].sent)),
  ]);
  const total = ["all", formatBytes(bytes.weights), formatBytes(bytes.embeddings), formatBytes(bytes.control)];
  return writeTable({ header: ["bytes sent", "weights", "embeddings", "control"], rows: [...rows, total] }, options);
}

/** Who took part: rounds, mass, exchanges, and when each site was last seen by another. */
export function participationTable({ participation }: RunReport, options: TableOptions = {}): string {
  const rows = participation.map(({ name, round, planned, trained, mass, exchanges, lastSeen }) => [
    name,
    `${round} of ${planned}`,
    formatNumber(trained, 6),
    formatNumber(mass, 6),
    `${exchanges}`,
    lastSeen === null ? NONE : formatTime(lastSeen),
  ]);
  return writeTable({ header: ["site", "round", "trained", "mass", "exchanges", "last seen"], rows }, options);
}

/** "0.31 → 0.0042" over at most `most` rounds, first and last always among them. */
function consensusLine({ consensusDistance }: RunReport, most = 8): string {
  const last = consensusDistance.length - 1;
  if (last < 0) return "not measured";
  const count = Math.min(most, last + 1);
  const picks = Array.from({ length: count }, (_, i) => count === 1 ? last : Math.round((i * last) / (count - 1)));
  const shown = picks.map((i) => formatNumber(consensusDistance[i].value, 2)).join(" → ");
  const rounds = [consensusDistance[0].round, consensusDistance[last].round];
  return last === 0 ? `${shown} (round ${rounds[0]})` : `${shown} (rounds ${rounds[0]} to ${rounds[1]})`;
}

/** The table of Dice under its title; nothing where no site was tested. */
function diceLines(report: RunReport, options: TableOptions): string[] {
  if (!hasDice(report) && report.sites.length > 0) return [];
  const tested = report.sites.filter(({ dice }) => dice.length > 0);
  const tests = tested.reduce((sum, { cases }) => sum + cases.test, 0);
  const title = `Dice on ${tests} test cases, mean ± sd over ${formatCount(tested.length, "site")}`;
  const lacking = lackingDice(report);
  return [title, "", diceTable(report, options), "", ...(lacking === undefined ? [] : [printable(lacking)])];
}

/** All that the user reads at the end: Dice, bytes by kind, who took part, the peers' agreement, time and memory. */
export function summary(report: RunReport, options: TableOptions = {}): string {
  const lines = [
    ...diceLines(report, options),
    verdict(report),
    ...(report.missing ?? []).map(({ name, reason }) => printable(`Not in these figures: ${name}, ${reason}`)),
    ...[...cutRemarks(report.sites), ...partRemarks(report.sites)].map(printable),
    "",
    bytesTable(report, options),
    "",
    participationTable(report, options),
    ...report.participation.flatMap(({ remarks }) => remarks).map(printable),
    "",
    `distance between the peers' weights: ${consensusLine(report)}`,
    `${formatDuration(report.seconds)}, peak memory ${
      formatBytes(report.peakRssBytes, { binary: true })
    } over ${report.peers} processes${report.seed === undefined ? "" : `, seed ${report.seed}`}`,
  ];
  return lines.join("\n") + "\n";
}
