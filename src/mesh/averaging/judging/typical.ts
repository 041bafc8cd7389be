/**
 * What is typical among members of whom one may lie; pure.
 *
 * @module
 */

/** A mass counts for at most so many times the typical one. */
const MOST_TIMES = 10;

/** The middle of `values`, of two the larger; undefined of none. One lie among three or more cannot move it beyond the others. */
export function upperMedian(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/**
 * The mass that is believed of a member that claims `claimed`: no more than ten times the middle one of `known`, this
 * site's and the other members'. Sites of 8 and 80 cases count as they are; among three of 8 one of 800 counts as 80 at
 * the small ones, and since it gives its own mass in full it still has 0.92 of its weight in the common mean: in an
 * exchange the small one moves by 80/88 in place of 800/808, and the large one by 8/808 either way.
 */
export function believedMass(claimed: number, known: readonly number[]): number {
  return Math.min(claimed, MOST_TIMES * (upperMedian(known) ?? claimed));
}
