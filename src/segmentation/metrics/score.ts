/**
 * What a metric gives.
 *
 * @module
 */

/** A figure, or null where it is not defined. */
export type Score = number | null;
