/**
 * Long loops over vectors that leave room for everything else: work in slices, between which the event loop runs.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Values of a slice: some tenths of a millisecond of arithmetic. */
export const SLICE = 65_536;

/** Milliseconds of work after which others have their turn. */
const TURN = 4;

/**
 * Does `work` for [0, length), one slice after another. What is no longer than a slice is done at once, before this
 * returns; `work` that throws ends it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inSlices } from "./slices.ts";
 *
 * const vector = new Float32Array(1_000_000);
 * await inSlices(vector.length, (from, to) => {
 *   for (let i = from; i < to; i++) vector[i] = 2;
 * });
 * assertEquals(vector.every((value) => value === 2), true);
 * ```
 *
 * @param slice how much is done at a time.
 */
export async function inSlices(
  length: number,
  work: (from: number, to: number) => void,
  slice: number = SLICE,
): Promise<void> {
  let turn = performance.now();
  for (let from = 0; from < length; from += slice) {
    if (from > 0 && performance.now() - turn > TURN) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
    work(from, Math.min(from + slice, length));
  }
}
