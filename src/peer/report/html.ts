/**
 * The report as one page of HTML: styles, charts and pictures inside it, no script, nothing from the network.
 *
 * @example
 * ```ts
 * await Deno.writeTextFile("report.html", renderReport(report));
 * ```
 *
 * @module
 */
import { diceSection, headline } from "./_html_dice.ts";
import { caveats, meshSection, runSection } from "./_html_mesh.ts";
import { fineTuningSection, pretrainingSection } from "./_html_curves.ts";
import { picturesSection } from "./_html_pictures.ts";
import { formatDuration } from "../../display/formats/duration.ts";
import { formatTime } from "../../display/formats/time.ts";
import { html, trusted } from "../../display/markup.ts";
import { STYLE } from "../../display/style.ts";
import type { RunReport } from "./schema.ts";

const count = (n: number, one: string) => `${n} ${one}${n === 1 ? "" : "s"}`;

/** The whole page as text; every name and command in it is escaped. */
export function renderReport(report: RunReport): string {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <title>${report.title} · syncytium</title>
        <style>${trusted(STYLE)}</style>
      </head>
      <body>
        <main>
    <header>
    <p class="over">syncytium · run report</p>
    <h1>${report.title}</h1>
    <p class="facts"><span>${report.dataset.name}</span><span>${count(report.peers, "peer")}</span>
    <span>${count(report.rounds, "round")}</span><span>${formatDuration(report.seconds)}</span>
    <span>seed ${report.seed}</span><span>${formatTime(report.startedAt)}</span></p>
    </header>
    ${headline(report)}
    ${diceSection(report)}
    ${picturesSection(report)}
    ${pretrainingSection(report)}
    ${fineTuningSection(report)}
    ${meshSection(report)}
    ${runSection(report)}
    ${caveats(report)}
        </main>
      </body>
    </html>
  `.text;
}
