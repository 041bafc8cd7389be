/**
 * How well a prediction agrees with the truth, and how figures of several cases and sites are brought together.
 *
 * @module
 */

/** A figure, or null where it is not defined. */
export type Score = number | null;

/**
 * Dice's coefficient, 2 |A and B| / (|A| + |B|), of each label. Where neither prediction nor truth has the label, it is
 * not defined: null, which counts in no mean. Where only one has it, it is 0.
 *
 * @param prediction label values, voxel by voxel
 * @param truth label values of the same voxels
 * @param labels the values to compare, without background
 * @throws {RangeError} if the two differ in length.
 */
export function dicePerClass(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  labels: Iterable<number>,
): Map<number, Score> {
  if (prediction.length !== truth.length) {
    throw new RangeError(
      `prediction and truth must have the same voxels, got ${prediction.length} and ${truth.length}`,
    );
  }
  const both = new Map<number, number>(), either = new Map<number, number>();
  const count = (counts: Map<number, number>, value: number) => counts.set(value, (counts.get(value) ?? 0) + 1);
  for (let i = 0; i < truth.length; i++) {
    const a = prediction[i], b = truth[i];
    if (a === 0 && b === 0) continue;
    if (a === b) count(both, a);
    count(either, a);
    count(either, b);
  }
  return new Map([...labels].map((label) => {
    const sum = either.get(label) ?? 0;
    return [label, sum === 0 ? null : 2 * (both.get(label) ?? 0) / sum];
  }));
}

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
