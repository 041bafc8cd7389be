/**
 * From results to what a reader opens.
 *
 * @module
 */
import { join } from "@std/path";
import { writeAtomically } from "../core/files.ts";
import { html } from "../display/markup.ts";
import { renderPage } from "../display/page.ts";
import { diceByCase } from "./plots/dice_by_case.ts";
import { diceByClass } from "./plots/dice_by_class.ts";
import { diceByLabels } from "./plots/dice_by_labels.ts";
import { diceByStep } from "./plots/dice_by_step.ts";
import type { CurveRow } from "./results/curve.ts";
import type { FinishedCell } from "./results/finished_cell.ts";
import type { ResultRow } from "./results/row.ts";
import { costTable } from "./tables/cost.ts";
import { evaluationTables, type EvaluationTablesOptions } from "./tables/evaluation_tables.ts";
import { distinct } from "./tables/figures.ts";
import { type Pretraining, pretrainingTable } from "./tables/pretraining.ts";
import { htmlSection } from "../display/tables/html.ts";
import { markdownSections } from "../display/tables/markdown.ts";

/** Options of {@linkcode writeReport}. */
export interface ReportOptions extends EvaluationTablesOptions {
  /** Of the page. */
  title: string;
  /** The command, duration, engine and data that made the rows, line by line. */
  facts: readonly string[];
  /** What the pre-trainings came to and cost. @default no table */
  pretrainings?: readonly Pretraining[];
  /** Of tests on the way. @default no plot */
  curve?: readonly CurveRow[];
  /** What the cells cost. @default no table */
  finished?: readonly FinishedCell[];
}

/** Markdown's only mark that facts have, `code`, as HTML. */
function marked(fact: string) {
  return fact.split("`").map((part, i) => i % 2 === 0 ? part : html`<code>${part}</code>`);
}

/**
 * Writes `results.md`, `results.html` (one file, opens without a network) and a plot a file,
 * `dice_by_labels_local.svg`, `dice_by_class_local_n1.svg`, `dice_by_case_local_n1.svg`, `dice_by_step_local_n1.svg` where there were tests on the way, and so on, into a folder that
 * is there.
 */
export async function writeReport(
  directory: string,
  rows: readonly ResultRow[],
  options: ReportOptions,
): Promise<void> {
  const { title, facts, pretrainings = [], finished = [], curve = [] } = options;
  const tables = [
    ...evaluationTables(rows, options),
    ...(pretrainings.length > 0 ? [pretrainingTable(pretrainings)] : []),
    ...(finished.length > 0 ? [costTable(finished)] : []),
  ];
  const plots = distinct(rows, "mode").flatMap((mode) => [
    [`dice_by_labels_${mode}`, diceByLabels(rows, mode)] as const,
    ...distinct(rows.filter((row) => row.mode === mode), "labelled").sort((a, b) => a - b).flatMap((n) => [
      [`dice_by_class_${mode}_n${n}`, diceByClass(rows, mode, n)] as const,
      [`dice_by_case_${mode}_n${n}`, diceByCase(rows, mode, n)] as const,
      ...(curve.some((row) => row.mode === mode && row.labelled === n)
        ? [[`dice_by_step_${mode}_n${n}`, diceByStep(curve, mode, n)] as const]
        : []),
    ]),
  ]);
  for (const [name, plot] of plots) await writeAtomically(join(directory, `${name}.svg`), plot.text);
  const pictures = plots.map(([name]) => `![${name.replaceAll("_", " ")}](${name}.svg)\n`).join("\n");
  const head = `# ${title}\n\n${facts.map((fact) => `- ${fact}\n`).join("")}\n`;
  await writeAtomically(join(directory, "results.md"), `${head}${markdownSections(tables)}\n${pictures}`);
  const page = renderPage(
    { title, kind: "evaluation" },
    html`<ul>${facts.map((fact) => html`<li>${marked(fact)}</li>`)}</ul>${tables.map(htmlSection)}${
      plots.map(([, plot]) => plot)
    }`,
  );
  await writeAtomically(join(directory, "results.html"), page);
}
