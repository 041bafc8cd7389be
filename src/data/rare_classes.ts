/**
 * Which cases are drawn more often: those of classes that few cases hold.
 *
 * @module
 */
import type { Rng } from "../core/rng.ts";

/**
 * What each case counts when cases are drawn: with n cases, of which n_c hold the class c, the greatest (n / n_c)^power
 * of its classes; 1 for a case without any.
 *
 * @param held the classes of each case, background left out
 * @param power from 0, every case alike, to 1: a class that half the cases hold is worth two
 */
export function caseWeights(held: readonly (readonly number[])[], power: number): number[] {
  const holding = new Map<number, number>();
  for (const value of held.flat()) holding.set(value, (holding.get(value) ?? 0) + 1);
  return held.map((classes) =>
    classes.reduce((weight, value) => Math.max(weight, (held.length / holding.get(value)!) ** power), 1)
  );
}

/**
 * Draws `count` of the items, each as often as its weight says and as evenly as can be: at equal distances along the
 * items, one after another in random order, from a random start. One whose share of `count` is at most 1 comes once at
 * most.
 */
export function drawWeighted<T>(items: readonly T[], weights: readonly number[], count: number, rng: Rng): T[] {
  const order = rng.shuffle([...items.keys()]);
  const step = weights.reduce((sum, weight) => sum + weight, 0) / count;
  const start = rng.uniform();
  const drawn: T[] = [];
  let end = 0;
  for (const index of order) {
    end += weights[index];
    while (drawn.length < count && (drawn.length + start) * step < end) drawn.push(items[index]);
  }
  while (drawn.length < count) drawn.push(items[order.at(-1)!]); // where the sum was rounded down
  return rng.shuffle(drawn);
}
