/**
 * Every metric of a case's classes.
 *
 * @module
 */
import { classPairs, type ClassPairsOptions } from "./class_pair.ts";
import { metrics } from "./metrics.ts";
import type { Score } from "./score.ts";

/** The figures of one class in one case, by the metric's name. */
export type ClassMeasures = Readonly<Record<string, Score>>;

/**
 * Every metric of each label. Where neither prediction nor truth has the label, none is defined (null). Where only one
 * has it, Dice is 0 and the distances are Infinity.
 *
 * @param prediction label values, x fastest
 * @param truth label values of the same voxels
 * @throws {RangeError} if the two do not have the same voxels, or a voxel size is not positive.
 */
export function measureClasses(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  options: ClassPairsOptions,
): Map<number, ClassMeasures> {
  return new Map(
    classPairs(prediction, truth, options).map((pair) => [
      pair.label,
      Object.fromEntries(Array.from(metrics, (metric) => [metric.name, metric.measure(pair)])),
    ]),
  );
}
