/**
 * Dice's coefficient: the overlap of two masks, 2 |A and B| / (|A| + |B|) (Dice 1945, Ecology 26:297).
 *
 * @module
 */
import type { Score } from "./score.ts";

/**
 * Dice's coefficient, 2 |A and B| / (|A| + |B|), of each label. Where neither prediction nor truth has the label, it is
 * not defined: null, which counts in no mean. Where only one has it, it is 0.
 *
 * @param prediction label values, voxel by voxel
 * @param truth label values of the same voxels
 * @param labels the values to compare, without background
 * @throws {RangeError} if the two differ in length.
 */
export function dicePerClass(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  labels: Iterable<number>,
): Map<number, Score> {
  if (prediction.length !== truth.length) {
    throw new RangeError(
      `prediction and truth must have the same voxels, got ${prediction.length} and ${truth.length}`,
    );
  }
  const both = new Map<number, number>(), either = new Map<number, number>();
  const count = (counts: Map<number, number>, value: number) => counts.set(value, (counts.get(value) ?? 0) + 1);
  for (let i = 0; i < truth.length; i++) {
    const a = prediction[i], b = truth[i];
    if (a === 0 && b === 0) continue;
    if (a === b) count(both, a);
    count(either, a);
    count(either, b);
  }
  return new Map([...labels].map((label) => {
    const sum = either.get(label) ?? 0;
    return [label, sum === 0 ? null : 2 * (both.get(label) ?? 0) / sum];
  }));
}
