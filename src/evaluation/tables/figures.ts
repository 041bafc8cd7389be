/**
 * From rows of results to mean and spread over sites and over seeds.
 *
 * @module
 */
import { meanOf, type Spread, spreadOf } from "../../display/statistics.ts";
import type { ResultRow } from "../results/row.ts";

/** A metric's mean and spread. */
export interface Figure {
  /** Over sites, each site's mean over seeds; {@linkcode Spread.count} is the number of sites. */
  readonly sites: Spread;
  /** Over seeds, each seed's mean over sites. The mean is that of `sites` where every seed has every site. */
  readonly seeds: Spread;
  /** Figures that are infinite, because a whole structure was missed or made up: they are in no mean. */
  readonly missed: number;
}

/**
 * Mean and spread of a metric: the mean over a site's cases (of all folds) for each class and seed, then over the
 * classes, then over the seeds, and then over the sites, so that each site counts alike however many cases it holds, as
 * in the paper's tables. What is not defined or not finite counts in no mean.
 *
 * @param rows of one method, mode and number of labels; of one class, for that class's figure
 * @param metric its name
 */
export function figureOf(rows: readonly ResultRow[], metric: string): Figure {
  const finite = rows.filter(({ measures }) => Number.isFinite(measures[metric]));
  const bySiteAndSeed = [...Map.groupBy(finite, ({ site, seed }) => JSON.stringify([site, seed])).values()].map((
    own,
  ) => ({
    site: own[0].site,
    seed: own[0].seed,
    mean: meanOverClasses(own, metric),
  }));
  const over = (key: "site" | "seed") =>
    spreadOf(
      [...Map.groupBy(bySiteAndSeed, (one) => one[key]).values()].map((own) => meanOf(own.map(({ mean }) => mean))),
    );
  return {
    sites: over("site"),
    seeds: over("seed"),
    missed: rows.filter(({ measures }) => measures[metric] === Infinity).length,
  };
}

function meanOverClasses(rows: readonly ResultRow[], metric: string): number | null {
  const classes = [...Map.groupBy(rows, (row) => row.class).values()];
  return meanOf(classes.map((own) => meanOf(own.map(({ measures }) => measures[metric]))));
}

/** The values of one column in the order in which they first appear. */
export function distinct<Row, Column extends keyof Row>(rows: readonly Row[], column: Column): Row[Column][] {
  return [...new Set(rows.map((row) => row[column]))];
}
