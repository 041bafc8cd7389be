/**
 * The tables of an evaluation: every metric over methods and numbers of labels, per class, and the paired tests.
 *
 * @module
 */
import { formatDice } from "../../display/formats/dice.ts";
import { formatDifference } from "../../display/formats/difference.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { formatSpread } from "../../display/formats/spread.ts";
import { NONE } from "../../display/formats/none.ts";
import { dice } from "../../segmentation/metrics/dice.ts";
import { type Metric, titleWithUnit } from "../../segmentation/metrics/metric.ts";
import { metrics } from "../../segmentation/metrics/metrics.ts";
import type { Mode } from "../cell.ts";
import type { ResultRow } from "../results/row.ts";
import { compareMethods, type Comparison } from "./comparison.ts";
import { distinct, type Figure, figureOf } from "./figures.ts";
import { paperFigure } from "./paper.ts";
import type { TitledTable } from "../../display/tables/table.ts";

/** Options of {@linkcode evaluationTables}. */
export interface EvaluationTablesOptions {
  /** The paper's figures beside ours: for ACDC, which they are of. @default false */
  paper?: boolean;
  /** The method that is tested against the others. @default no tests */
  method?: string;
  /** See {@linkcode compareMethods}. */
  unitOf?: (row: ResultRow) => string;
}

/** Every table that the rows have figures for. */
export function evaluationTables(rows: readonly ResultRow[], options: EvaluationTablesOptions = {}): TitledTable[] {
  const { paper = false, method, unitOf } = options;
  const measured = [...metrics].filter(({ name }) => rows.some(({ measures }) => (measures[name] ?? null) !== null));
  const byMode = distinct(rows, "mode").flatMap((mode) => {
    const own = rows.filter((row) => row.mode === mode);
    return [
      ...measured.flatMap((metric) => metricTables(own, mode, metric, paper && metric === dice)),
      classTable(own, mode),
    ];
  });
  const tests = method === undefined ? [] : measured.map((metric) => {
    return testTable(compareMethods(rows, { metric: metric.name, method, ...(unitOf && { unitOf }) }), metric);
  });
  return [...byMode, ...tests.filter((one) => one.rows.length > 0)];
}

const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

/** A method a row, N a column: once with the spread over sites, and with that over seeds where there are several. */
function metricTables(rows: readonly ResultRow[], mode: Mode, metric: Metric, paper: boolean): TitledTable[] {
  const counts = ascending(distinct(rows, "labelled"));
  const figures = new Map<string, Figure>();
  for (const own of Map.groupBy(rows, ({ method, labelled }) => `${method}/${labelled}`).values()) {
    figures.set(`${own[0].method}/${own[0].labelled}`, figureOf(own, metric.name));
  }
  const tableOver = (over: "sites" | "seeds"): TitledTable => ({
    title: `${titleWithUnit(metric)}, ${mode} fine-tuning, over ${over}`,
    note: `Mean ± sd over ${over}.${
      metric.infinite ? " Missed: structures that only one of truth and prediction has; they are in no mean." : ""
    }`,
    header: ["method", ...counts.flatMap((n) => [`N = ${n}`, ...(paper ? [`paper, N = ${n}`] : [])])],
    rows: distinct(rows, "method").map((method) => [
      method,
      ...counts.flatMap((n) => {
        const figure = figures.get(`${method}/${n}`);
        const missed = figure && metric.infinite && figure.missed > 0 ? `, ${figure.missed} missed` : "";
        const ours = figure === undefined ? NONE : formatSpread(figure[over]) + missed;
        return paper ? [ours, paperText(method, mode, n)] : [ours];
      }),
    ]),
  });
  return distinct(rows, "seed").length > 1 ? [tableOver("sites"), tableOver("seeds")] : [tableOver("sites")];
}

function paperText(method: string, mode: Mode, labelled: number): string {
  const figure = paperFigure(method, mode, labelled);
  return figure === undefined ? NONE : formatSpread(figure);
}

/** Of Dice only, as are the plots, whose axis is a share: the other metrics are in mm, and missed in some classes. */
function classTable(rows: readonly ResultRow[], mode: Mode): TitledTable {
  const counts = ascending(distinct(rows, "labelled")), classes = distinct(rows, "class");
  return {
    title: `Dice by class, ${mode} fine-tuning`,
    note: "Mean ± sd over sites.",
    header: ["method, N", ...classes],
    rows: counts.flatMap((n) =>
      distinct(rows, "method").map((method) => [
        `${method}, N = ${n}`,
        ...classes.map((name) => {
          const own = rows.filter((row) => row.method === method && row.labelled === n && row.class === name);
          return formatSpread(figureOf(own, dice.name).sites);
        }),
      ])
    ),
  };
}

function testTable(comparisons: readonly Comparison[], metric: Metric): TitledTable {
  const format = metric.unit === null ? formatDifference : (value: number | null) => formatNumber(value);
  return {
    title: `${titleWithUnit(metric)}, paired tests`,
    note:
      "Wilcoxon's signed-rank test, two-sided, of figures averaged over classes and seeds; p corrected by Holm for " +
      "the tests of this table. Effect: rank-biserial correlation, 1 where the first method has the larger figure in " +
      "every pair.",
    header: ["", "fine-tuning", "N", "pairs", "mean difference", "effect", "p", "p, Holm"],
    rows: comparisons.map(({ method, against, mode, labelled, difference, test, adjusted }) => [
      `${method} against ${against}`,
      mode,
      String(labelled),
      String(test.pairs),
      format(difference.mean),
      formatDice(test.effect),
      formatNumber(test.p, 2),
      formatNumber(adjusted, 2),
    ]),
  };
}
