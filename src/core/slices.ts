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

/** Work that may be interrupted wherever it yields, so that it can be done at once or in turns with everything else. */
export type Sliced<T> = Generator<void, T, void>;

/** Does `work` without letting anything else have its turn. */
export function atOnce<T>(work: Sliced<T>): T {
  while (true) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/**
 * Does `work` while the event loop goes on.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inTurns, type Sliced, slices } from "./slices.ts";
 *
 * function* sum(values: Float32Array): Sliced<number> {
 *   let total = 0;
 *   for (const [from, to] of slices(values.length)) {
 *     for (let i = from; i < to; i++) total += values[i];
 *     yield;
 *   }
 *   return total;
 * }
 * assertEquals(await inTurns(sum(new Float32Array(1_000_000).fill(2))), 2_000_000);
 * ```
 */
export async function inTurns<T>(work: Sliced<T>): Promise<T> {
  let turn = performance.now();
  while (true) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - turn <= TURN) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    turn = performance.now();
  }
}

/** [0, length) in slices, each from its first to before its last index. @param slice how much is one. */
export function* slices(length: number, slice: number = SLICE): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < length; from += slice) yield [from, Math.min(from + slice, length)];
}

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
