/**
 * Paired tests of every side against the first one.
 *
 * @module
 */
import { meanOf, type Spread, spreadOf } from "../display/statistics.ts";
import { holm } from "../evaluation/statistics/holm.ts";
import { wilcoxon, type WilcoxonResult } from "../evaluation/statistics/wilcoxon.ts";
import { type ScoreField, scoreFields } from "../scoring/row.ts";
import type { Score } from "../segmentation/metrics/score.ts";
import type { Compared, ComparedRow } from "./run.ts";

/** One test. */
export interface PairedTest {
  /** What was measured. */
  readonly field: ScoreField;
  /** The side whose figures come first. */
  readonly side: string;
  /** The first side of all. */
  readonly against: string;
  /** Of the units' finite differences, `side` less `against`. */
  readonly difference: Spread;
  /** Over the units. */
  readonly test: WilcoxonResult;
  /** p corrected by Holm for all tests of this field. */
  readonly adjusted: number;
}

/**
 * Tests each side against the first, field by field, on the classes of the cases that both have figures of. Figures of
 * one unit are averaged first; one with an infinite figure counts as infinite. Volume differences count by their size,
 * so that too much and too little do not make up for each other.
 *
 * @param unitOf whose a case is: a person's cases are one unit
 */
export function pairedTests(sides: readonly Compared[], unitOf: (id: string) => string): PairedTest[] {
  const [first, ...others] = sides;
  return scoreFields.flatMap((field) => {
    const tests = others.flatMap((side) => {
      const pairs = [...Map.groupBy(pairsOf(side.rows, first.rows, field), (pair) => unitOf(pair.case)).values()];
      if (pairs.length === 0) return [];
      const [a, b] = [0, 1].map((i) => pairs.map((own) => unitFigure(own.map(({ figures }) => figures[i]))));
      const difference = spreadOf(a.map((value, i) => value - b[i]));
      return [{ field, side: side.name, against: first.name, difference, test: wilcoxon(a, b) }];
    });
    const adjusted = holm(tests.map(({ test }) => test.p));
    return tests.map((one, i) => ({ ...one, adjusted: adjusted[i] }));
  });
}

/** The figures of what both have measured and is defined in both. */
function pairsOf(rows: readonly ComparedRow[], others: readonly ComparedRow[], field: ScoreField) {
  const key = (row: ComparedRow) => JSON.stringify([row.case, row.class]);
  const byKey = new Map(others.map((row) => [key(row), row.scores[field]]));
  const size = (score: Score) => field === "volumeDifference" && score !== null ? Math.abs(score) : score;
  return rows.flatMap((row) => {
    const [a, b] = [size(row.scores[field] ?? null), size(byKey.get(key(row)) ?? null)];
    return a === null || b === null ? [] : [{ case: row.case, figures: [a, b] as const }];
  });
}

function unitFigure(figures: readonly number[]): number {
  return figures.includes(Infinity) ? Infinity : meanOf(figures)!;
}
