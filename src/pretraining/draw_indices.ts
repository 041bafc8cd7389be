/**
 * In which order a site's volumes are taken.
 *
 * @module
 */
import type { Rng } from "../core/rng.ts";

/** Draws from `count` things in random order, each once before any comes again. */
export function drawIndices(count: number, rng: Rng): (count: number) => number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  let waiting: number[] = [];
  return (wanted) => {
    while (waiting.length < wanted) waiting = [...waiting, ...rng.shuffle(all)];
    const drawn = waiting.slice(0, wanted);
    waiting = waiting.slice(wanted);
    return drawn;
  };
}
