/**
 * Mean, deviation and middle of some figures. All have to be there: what is missing is left out before.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { mean, median } from "./statistics.ts";
 *
 * assertEquals(mean([1, 2, 6]), 3);
 * assertEquals(median([6, 1, 2]), 2);
 * ```
 *
 * @module
 */

/** The arithmetic mean. @throws {RangeError} of no values. */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError("a mean needs one value at least");
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** The sample's standard deviation, with n - 1 below. @throws {RangeError} of fewer than two values. */
export function sampleDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) throw new RangeError(`a deviation needs two values at least, got ${values.length}`);
  const centre = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * The middle value; the mean of the two middle ones where they are even in number. @throws {RangeError} of no values.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("a median needs one value at least");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
