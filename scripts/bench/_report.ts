/**
 * The benchmark for people: tables of times, of memory and of what preparing data takes, plain or as Markdown.
 *
 * @module
 */

import { formatMeasured } from "../../src/display/formats/measured.ts";
import { formatNumber } from "../../src/display/formats/number.ts";
import { formatRange } from "../../src/display/formats/range.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { writeTable } from "../../src/display/tables/write.ts";
import type { Figure } from "./figures.ts";

/** All that was found. */
export interface BenchReport {
  /** The command as it was given. */
  readonly command: string;
  /** When it was started, ISO 8601. */
  readonly startedAt: string;
  /** What it ran on and with: a line each. */
  readonly machine: readonly string[];
  /** What computed: a line each. */
  readonly engines: readonly string[];
  /** What was left out, and why: a line each. */
  readonly notes: readonly string[];
  readonly figures: readonly Figure[];
}

type Row = readonly Figure[];

/** The figures of one case, metric and engine together, in the order in which they came. */
function rowsOf(figures: readonly Figure[]): Row[] {
  const rows = Map.groupBy(figures, ({ engine, case: name, metric }) => JSON.stringify([name, metric, engine]));
  return [...rows.values()];
}

function timeTable(figures: readonly Figure[], markdown: boolean): string {
  const rows = rowsOf(figures).flatMap((row) => {
    const time = row.find(({ unit }) => unit === "ms");
    if (!time) return [];
    const speeds = row.filter(({ unit }) => unit === "GFLOP/s" || unit === "voxels/s");
    const { ratioToPyTorch, ratioToFastestPyTorch } = time;
    return [[
      ...[time.case, time.metric, time.engine, formatRange(time)],
      speeds.map(({ value, unit }) => `${unit === "GFLOP/s" ? formatMeasured(value) : formatNumber(value)} ${unit}`)
        .join(", "),
      ...[ratioToPyTorch, ratioToFastestPyTorch].map((ratio) => ratio === undefined ? NONE : ratio.toFixed(2)),
    ]];
  });
  const header = ["case", "what", "engine", "ms, median (range)", "speed", "x PyTorch's speed", "x its fastest"];
  return writeTable({ header, rows }, { markdown });
}

function plainTable(figures: readonly Figure[], unit: string, markdown: boolean): string {
  const rows = figures.filter((figure) => figure.unit === unit)
    .map((figure) => [figure.case, figure.metric, figure.engine, `${formatMeasured(figure.value)} ${unit}`]);
  return writeTable({ header: ["case", "what", "engine", ""], rows }, { markdown });
}

/** The report as text; every section that has figures. */
export function render(report: BenchReport, { markdown = false }: { markdown?: boolean } = {}): string {
  const { command, startedAt, machine, engines, notes, figures } = report;
  const title = (text: string) => markdown ? `## ${text}` : text;
  const list = (lines: readonly string[]) => lines.map((line) => markdown ? `- ${line}` : `  ${line}`).join("\n");
  const has = (unit: string) => figures.some((figure) => figure.unit === unit);
  const sections = [
    markdown ? `# ${command}` : command,
    list([startedAt, ...machine]),
    title("Engines"),
    list(engines),
    title("Time"),
    "GFLOP/s count the convolutions only. Engines and PyTorch take turns; the last columns are the medians over the " +
    "rounds of PyTorch's time by the engine's, of PyTorch as it comes and of the fastest of its ways (channels_last_3d, " +
    "torch.compile); above 1 is faster than PyTorch. PyTorch predicts two windows at once and trains " +
    "with the batch that is named: at a batch of one, some of its convolutions on the processor miss oneDNN.",
    timeTable(figures, markdown),
    ...(has("MiB")
      ? [
        title("Memory"),
        "Tensors: what the engine keeps them in, which never shrinks. Process: the largest resident memory.",
        plainTable(figures, "MiB", markdown),
      ]
      : []),
    ...(has("%")
      ? [
        title("Preparing data"),
        "One thread, from prepared volumes to tensors on the engine, against the step that needs it.",
        plainTable(figures, "%", markdown),
      ]
      : []),
    ...(notes.length > 0 ? [title("Not measured"), list(notes)] : []),
  ];
  return sections.join("\n\n") + "\n";
}
