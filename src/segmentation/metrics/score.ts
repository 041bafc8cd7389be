/**
 * What a metric gives.
 *
 * @module
 */

/** A figure, or null where it is not defined. */
export type Score = number | null;

/** The scores of one case by class name. */
export type ClassScores = Readonly<Record<string, Score>>;
