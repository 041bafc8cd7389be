/**
 * How figures of several cases and sites are brought together.
 *
 * @module
 */
import type { Score } from "./score.ts";

/** Mean and spread of some figures. */
export interface Summary {
  /** Null where no figure is defined. */
  mean: Score;
  /** The sample's standard deviation (n - 1); null of fewer than two figures. */
  deviation: Score;
  /** Figures that are defined. */
  count: number;
}

/** Mean and standard deviation of what is defined. */
export function summarise(scores: Iterable<Score | undefined>): Summary {
  const defined = [...scores].filter((score) => score !== null && score !== undefined);
  const count = defined.length;
  if (count === 0) return { mean: null, deviation: null, count };
  const mean = defined.reduce((sum, score) => sum + score, 0) / count;
  if (count === 1) return { mean, deviation: null, count };
  const squares = defined.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (count - 1)), count };
}

/** The scores of one case by class name. */
export type ClassScores = Readonly<Record<string, Score>>;

/** {@linkcode summariseSites}'s figures. */
export interface SiteSummary {
  /** Of the sites' means over their classes. */
  overall: Summary;
  /** By the name of the structure. */
  perClass: Record<string, Summary>;
}

/**
 * Mean and spread over sites: every site counts alike, whatever its number of cases. Of a class, a site's figure is the
 * mean over its cases; a site's overall figure is the mean over its classes.
 *
 * @param sites the cases' scores, site by site
 */
export function summariseSites(sites: readonly (readonly ClassScores[])[]): SiteSummary {
  const classes = [...new Set(sites.flat().flatMap((scores) => Object.keys(scores)))];
  const bySite = sites.map((cases) => classes.map((name) => summarise(cases.map((scores) => scores[name])).mean));
  return {
    overall: summarise(bySite.map((scores) => summarise(scores).mean)),
    perClass: Object.fromEntries(classes.map((name, index) => [name, summarise(bySite.map((site) => site[index]))])),
  };
}
