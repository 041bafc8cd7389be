/**
 * What a metric is: how it is called and measured, and how its figures are read.
 *
 * @module
 */
import type { ClassPair } from "./class_pair.ts";
import type { Score } from "./score.ts";

/** A figure of how well a class was found. */
export interface Metric {
  /** Its column in results.csv, and its field in JSON: lower-case words joined by hyphens. */
  readonly name: string;
  /** What tables call it. */
  readonly title: string;
  /** What it is measured in; null where it has no unit. */
  readonly unit: string | null;
  /** Which of two figures is the better one; of figures that may be of either sign, the one nearer to 0. */
  readonly better: "higher" | "lower" | "nearer-zero";
  /** The least and the greatest figure. */
  readonly range: readonly [least: number, greatest: number];
  /**
   * Whether it is Infinity where only one of prediction and truth has the class. Tables count such figures beside the
   * mean, which leaves them out.
   */
  readonly infinite: boolean;
  /**
   * The figure of one class in one case; null where it is not defined, as where neither prediction nor truth has the
   * class.
   */
  measure(pair: ClassPair): Score;
}

/** Title and unit: "HD95 in mm". */
export function titleWithUnit({ title, unit }: Metric): string {
  return unit === null ? title : `${title} in ${unit}`;
}

/** Whether `score` is one that the metric can give; NaN never is. */
export function canBe({ range: [least, greatest], infinite }: Metric, score: Score): boolean {
  if (score === null) return true;
  return score === Infinity ? infinite : score > -Infinity && score >= least && score <= greatest;
}
