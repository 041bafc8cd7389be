/**
 * Scores as tables: every class of every case, and means with their spread over the cases.
 *
 * @module
 */
import { formatNumber } from "../display/formats/number.ts";
import { formatDice } from "../display/formats/dice.ts";
import { formatSpread } from "../display/formats/spread.ts";
import { meanOf, spreadOf } from "../display/statistics.ts";
import type { TitledTable } from "../display/tables/table.ts";
import { type Metric, titleWithUnit } from "../segmentation/metrics/metric.ts";
import type { Score } from "../segmentation/metrics/score.ts";
import { type ScoreField, scoreFields, type ScoreRow } from "./row.ts";

/** What stands for a distance to a structure that only one side has. */
const MISSED = "missed";

const formatOf = ({ unit }: Metric) => (value: Score) => unit === null ? formatDice(value) : formatNumber(value, 4);

/** A row a class of a case, a column a metric. */
export function caseTable(rows: readonly ScoreRow[], metrics: Readonly<Record<ScoreField, Metric>>): TitledTable {
  return {
    title: "Cases",
    note: `${MISSED}: only one of reference and prediction has the structure.`,
    header: ["case", "class", ...scoreFields.map((field) => titleWithUnit(metrics[field]))],
    names: 2,
    rows: rows.map((row) => [
      row.case,
      row.class,
      ...scoreFields.map((field) => row[field] === Infinity ? MISSED : formatOf(metrics[field])(row[field])),
    ]),
  };
}

/** A row a class, and one over the classes; mean ± sample standard deviation over cases. */
export function meanTable(rows: readonly ScoreRow[], metrics: Readonly<Record<ScoreField, Metric>>): TitledTable {
  const byClass = Map.groupBy(rows, (row) => row.class);
  const over = [...byClass].map(([name, own]) => [name, own] as const);
  return {
    title: "Means",
    note:
      "Mean ± standard deviation over cases; what is not defined or infinite is in no mean, and how many structures " +
      "only one side has is said. All classes: of each case the mean over its classes.",
    header: ["class", "cases", ...scoreFields.map((field) => titleWithUnit(metrics[field]))],
    rows: [
      ...over.map(([name, own]) => [name, ...figures(own, metrics, (row) => row)]),
      ...(byClass.size > 1 ? [["all classes", ...figures(rows, metrics, ({ case: id }) => id)]] : []),
    ],
  };
}

/** Number of cases, then each metric's mean and spread over what `unitOf` tells apart. */
function figures(
  rows: readonly ScoreRow[],
  metrics: Readonly<Record<ScoreField, Metric>>,
  unitOf: (row: ScoreRow) => unknown,
): string[] {
  const units = [...Map.groupBy(rows, unitOf).values()];
  return [
    String(new Set(rows.map((row) => row.case)).size),
    ...scoreFields.map((field) => {
      const missed = rows.filter((row) => row[field] === Infinity).length;
      const spread = spreadOf(units.map((own) => meanOf(own.map((row) => row[field]))));
      return formatSpread(spread, formatOf(metrics[field])) + (missed > 0 ? `, ${missed} missed` : "");
    }),
  ];
}
