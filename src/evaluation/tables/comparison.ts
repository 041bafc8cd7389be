/**
 * Paired tests of every method against one.
 *
 * @module
 */
import { meanOf, type Spread, spreadOf } from "../../display/statistics.ts";
import type { Mode } from "../cell.ts";
import type { ResultRow } from "../results/row.ts";
import { holm } from "../statistics/holm.ts";
import { wilcoxon, type WilcoxonResult } from "../statistics/wilcoxon.ts";
import { distinct } from "./figures.ts";

/** One test. */
export interface Comparison {
  /** The one whose figures come first. */
  readonly method: string;
  /** The other method. */
  readonly against: string;
  /** How both were fine-tuned. */
  readonly mode: Mode;
  /** Labelled cases a site. */
  readonly labelled: number;
  /** Of the pairs' finite differences, `method` less `against`. */
  readonly difference: Spread;
  /** Over the pairs. */
  readonly test: WilcoxonResult;
  /** Corrected by Holm for all tests of one call. */
  readonly adjusted: number;
}

/** Options of {@linkcode compareMethods}. */
export interface CompareOptions {
  /** The metric's name. */
  metric: string;
  /** The method that is compared with each of the others. */
  method: string;
  /**
   * What is paired. Figures of one unit are averaged over classes and seeds first, because seeds are no patients of
   * their own. Two cases of one person are not independent either: where the dataset has such, pair by person.
   * @default the case
   */
  unitOf?: (row: ResultRow) => string;
}

/**
 * Tests `method` against each other method of the rows, for each mode and number of labels. A unit of which one side
 * has an infinite figure counts as infinite on that side.
 */
export function compareMethods(rows: readonly ResultRow[], options: CompareOptions): Comparison[] {
  const { metric, method, unitOf = (row) => row.case } = options;
  const tests = distinct(rows, "mode").flatMap((mode) =>
    distinct(rows, "labelled").sort((a, b) => a - b).flatMap((labelled) => {
      const own = rows.filter((row) => row.mode === mode && row.labelled === labelled);
      const unitsOf = (name: string) => meansByUnit(own.filter((row) => row.method === name), metric, unitOf);
      const first = unitsOf(method);
      return distinct(own, "method").filter((name) => name !== method).flatMap((against) => {
        const second = unitsOf(against);
        const shared = [...first.keys()].filter((unit) => second.has(unit));
        if (shared.length === 0) return [];
        const [a, b] = [first, second].map((means) => shared.map((unit) => means.get(unit)!));
        const differences = a.map((value, i) => value === null || b[i] === null ? null : value - b[i]);
        const difference = spreadOf(differences);
        return [{ method, against, mode, labelled, difference, test: wilcoxon(a, b) }];
      });
    })
  );
  const adjusted = holm(tests.map(({ test }) => test.p));
  return tests.map((one, i) => ({ ...one, adjusted: adjusted[i] }));
}

function meansByUnit(rows: readonly ResultRow[], metric: string, unitOf: (row: ResultRow) => string) {
  return new Map(
    [...Map.groupBy(rows, unitOf)].map(([unit, own]) => {
      const figures = own.map(({ measures }) => measures[metric]);
      return [unit, figures.includes(Infinity) ? Infinity : meanOf(figures)];
    }),
  );
}
