/**
 * Scores in long form: one row for each class of each case, as JSON and as comma-separated values.
 *
 * @module
 */
import type { Score } from "../segmentation/metrics/score.ts";

/** What is measured, in the order of columns. */
export const scoreFields = ["dice", "iou", "hd95", "assd", "surfaceDice", "volumeDifference"] as const;

/** One of {@linkcode scoreFields}. */
export type ScoreField = typeof scoreFields[number];

/**
 * One class of one case. A figure is null where it is not defined; HD95 and ASSD, in mm, are Infinity where only one of
 * reference and prediction has the class.
 */
export interface ScoreRow extends Readonly<Record<ScoreField, Score>> {
  /** The case's name. */
  readonly case: string;
  /** The label's name. */
  readonly class: string;
}
