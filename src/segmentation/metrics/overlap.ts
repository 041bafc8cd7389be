/**
 * How many voxels of each label prediction and truth share.
 *
 * @module
 */

/** Voxels of one label. */
export interface Overlap {
  /** That the prediction has. */
  readonly prediction: number;
  /** That the truth has. */
  readonly truth: number;
  /** In both. */
  readonly both: number;
}

/**
 * Counts the voxels of each label, in one pass over both.
 *
 * @param prediction label values, voxel by voxel
 * @param truth label values of the same voxels
 * @param labels the values to count, without background
 * @throws {RangeError} if the two differ in length.
 */
export function overlaps(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  labels: Iterable<number>,
): Map<number, Overlap> {
  if (prediction.length !== truth.length) {
    throw new RangeError(
      `prediction and truth must have the same voxels, got ${prediction.length} and ${truth.length}`,
    );
  }
  const inPrediction = new Map<number, number>(), inTruth = new Map<number, number>(), both = new Map<number, number>();
  const count = (counts: Map<number, number>, value: number) => counts.set(value, (counts.get(value) ?? 0) + 1);
  for (let i = 0; i < truth.length; i++) {
    const a = prediction[i], b = truth[i];
    if (a === 0 && b === 0) continue;
    if (a === b) count(both, a);
    count(inPrediction, a);
    count(inTruth, b);
  }
  const of = (counts: Map<number, number>, label: number) => counts.get(label) ?? 0;
  return new Map(
    [...labels].map((
      label,
    ) => [label, { prediction: of(inPrediction, label), truth: of(inTruth, label), both: of(both, label) }]),
  );
}
