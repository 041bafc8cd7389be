/** Whose turn it is to be drawn from. */
import type { Rng } from "../core/rng.ts";

/** `count` cases, in turn from a random start, so that each is seen as often as the others. */
export function inTurn<T>(cases: readonly T[], count: number, rng: Rng): T[] {
  const turns = Array.from({ length: Math.ceil(count / cases.length) }, () => rng.shuffle(cases));
  return turns.flat().slice(0, count);
}
