/**
 * Mean and spread of figures of which some may be missing, as tables and charts show them.
 *
 * @module
 */
import { mean, median, sampleDeviation } from "../core/statistics.ts";

/** A figure that may be missing: null, undefined or not a finite number. */
export type MaybeFigure = number | null | undefined;

/** The mean and the spread of some figures. */
export interface Spread {
  /** Null where there is no figure. */
  readonly mean: number | null;
  /** The sample's standard deviation (n - 1); null of fewer than two figures. */
  readonly sd: number | null;
  /** Figures that went into the mean. */
  readonly count: number;
}

const finiteOf = (values: readonly MaybeFigure[]) => values.filter((value): value is number => Number.isFinite(value));

/** The mean of the finite values; null where there is none. */
export function meanOf(values: readonly MaybeFigure[]): number | null {
  const finite = finiteOf(values);
  return finite.length === 0 ? null : mean(finite);
}

/** Mean and sample standard deviation of the finite values. */
export function spreadOf(values: readonly MaybeFigure[]): Spread {
  const finite = finiteOf(values);
  return {
    mean: meanOf(finite),
    sd: finite.length < 2 ? null : sampleDeviation(finite),
    count: finite.length,
  };
}

/** The middle of some figures, and how far they lie apart. */
export interface MiddleAndRange {
  /** The median. */
  readonly value: number;
  /** The least and the greatest. */
  readonly range: readonly [number, number];
}

/** Median and range of what was measured several times. @throws {RangeError} of no values. */
export function middleOf(values: readonly number[]): MiddleAndRange {
  return { value: median(values), range: [Math.min(...values), Math.max(...values)] };
}
