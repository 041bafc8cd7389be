/** How long after something with a member came to nothing it is tried again, while that member is there. */

/** In milliseconds. */
const FIRST = 1_000, LONGEST = 60_000;

/** Milliseconds after `failures` in a row, from 1 on: each time twice as long, up to a minute. */
export function pauseAfter(failures: number): number {
  return Math.min(LONGEST, FIRST * 2 ** (failures - 1));
}
