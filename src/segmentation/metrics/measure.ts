/**
 * Every metric of a case's classes.
 *
 * @module
 */
import { classPairs, type ClassPairsOptions } from "./class_pair.ts";
import type { Metric } from "./metric.ts";
import { metrics as registered } from "./metrics.ts";
import type { Score } from "./score.ts";

/** The figures of one class in one case, by the metric's name. */
export type ClassMeasures = Readonly<Record<string, Score>>;

/** Options of {@linkcode measureClasses}. */
export interface MeasureClassesOptions extends ClassPairsOptions {
  /** What is measured. @default every metric that is registered */
  metrics?: Iterable<Metric>;
}

/**
 * Every metric of each label. Where neither prediction nor truth has the label, none is defined (null). Where only one
 * has it, Dice, IoU and surface Dice are 0, the distances are Infinity, and the volume difference is that one's volume.
 *
 * @param prediction label values, x fastest
 * @param truth label values of the same voxels
 * @throws {RangeError} if the two do not have the same voxels, or a voxel size is not positive.
 */
export function measureClasses(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  { metrics = registered, ...options }: MeasureClassesOptions,
): Map<number, ClassMeasures> {
  return new Map(
    classPairs(prediction, truth, options).map((pair) => [
      pair.label,
      Object.fromEntries(Array.from(metrics, (metric) => [metric.name, metric.measure(pair)])),
    ]),
  );
}
