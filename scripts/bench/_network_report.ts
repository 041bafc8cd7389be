/**
 * `bench network` for people: one table, plain or as Markdown.
 *
 * @module
 */
import { formatMeasured } from "../../src/display/formats/measured.ts";
import { formatRange } from "../../src/display/formats/range.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { writeTable } from "../../src/display/tables/write.ts";
import { meets, type NetworkFigure } from "./_network_figures.ts";

/** All that was found. */
export interface NetworkReport {
  /** The command as it was given. */
  readonly command: string;
  /** When it was started, ISO 8601. */
  readonly startedAt: string;
  /** What it ran on and with: a line each. */
  readonly machine: readonly string[];
  readonly figures: readonly NetworkFigure[];
}

/** Counts whole, and what was measured with about three digits. */
const show = (value: number) => Number.isInteger(value) ? String(value) : formatMeasured(value);

function row(figure: NetworkFigure): string[] {
  const { case: name, metric, unit, target } = figure;
  const bound = target && ("least" in target ? `at least ${target.least}` : `at most ${target.most}`);
  return [
    ...[name, metric],
    formatRange(figure, show),
    unit,
    bound ? `${bound}: ${meets(figure) ? "met" : "missed"}` : NONE,
  ];
}

/** The report as text. */
export function renderNetwork(report: NetworkReport, { markdown }: { markdown: boolean }): string {
  const { command, startedAt, machine, figures } = report;
  return [
    markdown ? `# ${command}` : command,
    [startedAt, ...machine].map((line) => markdown ? `- ${line}` : `  ${line}`).join("\n"),
    "Peers are processes of their own on loopback, so all share the cores. An exchange takes 64 MB each way and hashes, checks and " +
    "averages them; the bare stream carries as much each way over the same transport, and does nothing with it. Bytes of " +
    "compressors are those of the rounds after the first, frames included. The mean is reached when everybody is within a " +
    "thousandth of the first range of values, from five seconds after all know each other; `mix` with the mean as the rule. Of a step in secure sums the collector, another " +
    "peer in each, sends the sum to all others, and each of them its part. Blocks are of the main thread of a real peer that trains in its " +
    "Worker, from its start in the mesh to the end of its pre-training; with two peers on two cores, a block by the clock is mostly a wait for a core: what the thread waited for one is known to the kernel, and left out where that is said.",
    writeTable({ header: ["", "what", "median (range)", "", "target"], rows: figures.map(row) }, { markdown }),
    "",
  ].join("\n\n");
}
