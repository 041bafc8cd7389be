/**
 * Sides next to each other, as tables.
 *
 * @module
 */
import { formatDice } from "../display/formats/dice.ts";
import { formatDifference } from "../display/formats/difference.ts";
import { formatNumber } from "../display/formats/number.ts";
import { formatSpread } from "../display/formats/spread.ts";
import { meanOf, type Spread, spreadOf } from "../display/statistics.ts";
import type { TitledTable } from "../display/tables/table.ts";
import { type ScoreField, scoreFields } from "../scoring/row.ts";
import { scoreMetrics } from "../scoring/score_case.ts";
import { titleWithUnit } from "../segmentation/metrics/metric.ts";
import { SURFACE_TOLERANCE } from "../segmentation/metrics/surface_dice.ts";
import type { Compared, ComparedRow } from "./run.ts";
import type { PairedTest } from "./paired_tests.ts";

const metrics = scoreMetrics(SURFACE_TOLERANCE);
/** Scores do not say at which tolerance they were measured. */
const titleOf = (field: ScoreField) => field === "surfaceDice" ? "Surface Dice" : titleWithUnit(metrics[field]);
const formatOf = (field: ScoreField) =>
  metrics[field].unit === null ? formatDice : (value: number | null) => formatNumber(value, 4);

/** A side's figure of one kind. */
export interface SideFigure extends Spread {
  /** Structures of which the figure is infinite, because only one of truth and prediction has them: in no mean. */
  readonly missed: number;
}

/** Mean and spread over units, of each the mean over its cases and classes; undefined where nothing was measured. */
export function figureOf(
  { rows, told }: Compared,
  field: ScoreField,
  unitOf: (id: string) => string,
): SideFigure | undefined {
  if (told) return field === "dice" ? { mean: told.dice, sd: null, count: told.cases, missed: 0 } : undefined;
  const own = rows.filter(({ scores }) => scores[field] !== undefined);
  if (own.length === 0) return undefined;
  const units = [...Map.groupBy(own, (row) => unitOf(row.case)).values()];
  const spread = spreadOf(units.map((unit) => meanOf(unit.map(({ scores }) => scores[field]))));
  return { ...spread, missed: own.filter(({ scores }) => scores[field] === Infinity).length };
}

/** What any of the sides has measured. */
export function measuredFields(sides: readonly Compared[]): ScoreField[] {
  return scoreFields.filter((field) => sides.some((side) => figureOf(side, field, (id) => id) !== undefined));
}

/** A row a side, a column a metric. */
export function meansTable(sides: readonly Compared[], unitOf: (id: string) => string): TitledTable {
  const fields = measuredFields(sides);
  const cell = (side: Compared, field: ScoreField) => {
    const figure = figureOf(side, field, unitOf);
    if (figure === undefined) return formatDice(null);
    return formatSpread(figure, formatOf(field)) + (figure.missed > 0 ? `, ${figure.missed} missed` : "");
  };
  return {
    title: "Means",
    note:
      "Mean ± standard deviation over patients, of each the mean over its cases and classes. A model tells its mean " +
      "over classes only. Missed: structures that only one of truth and prediction has, which are in no mean.",
    header: ["run", "cases", ...fields.map(titleOf)],
    rows: sides.map((side) => [side.name, String(casesOf(side)), ...fields.map((field) => cell(side, field))]),
  };
}

/** Test cases. */
export function casesOf({ rows, told }: Compared): number {
  return told?.cases ?? new Set(rows.map((row) => row.case)).size;
}

/** Dice, a row a side, a column a class. */
export function classTable(sides: readonly Compared[], unitOf: (id: string) => string): TitledTable {
  const classes = [
    ...new Set(
      sides.flatMap(({ rows, told }) => [...rows.map((row) => row.class), ...Object.keys(told?.classes ?? {})]),
    ),
  ];
  const cell = ({ rows, told, ...side }: Compared, name: string) => {
    if (told) return formatDice(told.classes[name] ?? null);
    const own: ComparedRow[] = rows.filter((row) => row.class === name);
    return formatSpread(figureOf({ ...side, rows: own }, "dice", unitOf) ?? { mean: null, sd: null });
  };
  return {
    title: "Dice by class",
    note: "Mean ± standard deviation over patients.",
    header: ["run", ...classes],
    rows: sides.map((side) => [side.name, ...classes.map((name) => cell(side, name))]),
  };
}

/** A row a test. */
export function testTable(tests: readonly PairedTest[]): TitledTable {
  return {
    title: "Paired tests",
    note:
      "Wilcoxon's signed-rank test, two-sided, over the patients of whom both have figures, each averaged over the " +
      "classes and cases that both have; p corrected by Holm for the tests of one metric. Effect: rank-biserial " +
      "correlation, 1 where the first has the larger figure in every pair. Volume differences are taken by size.",
    header: ["", "metric", "pairs", "mean difference", "effect", "p", "p, Holm"],
    names: 2,
    rows: tests.map(({ field, side, against, difference, test, adjusted }) => [
      `${side} against ${against}`,
      titleOf(field),
      String(test.pairs),
      metrics[field].unit === null ? formatDifference(difference.mean) : formatNumber(difference.mean),
      formatDice(test.effect),
      formatNumber(test.p, 2),
      formatNumber(adjusted, 2),
    ]),
  };
}
