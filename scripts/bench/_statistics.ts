/**
 * The middle of some figures.
 *
 * @module
 */

/** The middle value; the mean of the two middle ones where they are even in number. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("a median needs one value at least");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
