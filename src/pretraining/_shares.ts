/** Division of a number of draws over groups of different sizes. */
import type { Rng } from "../core/rng.ts";

/**
 * How many to draw from each group, `count` in all or everything there is: each group has the same share, what a small
 * group cannot give is divided over the others, and what is left over goes to groups chosen at random.
 */
export function fairShares(sizes: readonly number[], count: number, rng: Rng): number[] {
  const shares = sizes.map(() => 0);
  let left = Math.min(count, sizes.reduce((sum, size) => sum + size, 0));
  while (left > 0) {
    const open = sizes.map((_, group) => group).filter((group) => shares[group] < sizes[group]);
    const each = Math.floor(left / open.length);
    const takers = each > 0 ? open : rng.shuffle(open).slice(0, left);
    for (const group of takers) {
      const taken = Math.min(Math.max(1, each), sizes[group] - shares[group]);
      shares[group] += taken;
      left -= taken;
    }
  }
  return shares;
}

/** How many of `count` uniform draws without replacement, over all groups together, fall on each group. */
export function uniformShares(sizes: readonly number[], count: number, rng: Rng): number[] {
  const groupOf = sizes.flatMap((size, group) => new Array<number>(size).fill(group));
  const shares = sizes.map(() => 0);
  for (const entry of drawDistinct(groupOf.length, Math.min(count, groupOf.length), rng)) shares[groupOf[entry]]++;
  return shares;
}

/** `count` different integers of [0, size), uniformly (the first steps of Fisher-Yates). */
export function drawDistinct(size: number, count: number, rng: Rng): number[] {
  const order = Array.from({ length: size }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + rng.int(size - i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.slice(0, count);
}
