/**
 * What `bench network` finds.
 *
 * @module
 */

/** One figure: a line of the output of --json. */
export interface NetworkFigure {
  readonly case: string;
  readonly metric: string;
  /** The median over the rounds, where there are several. */
  readonly value: number;
  readonly unit: string;
  /** The least and the greatest of the rounds. */
  readonly range?: readonly [number, number];
  /** What it is to be: at least, or at most. */
  readonly target?: { readonly least: number } | { readonly most: number };
}

/** Whether a figure is what it is to be; undefined where nothing was set. */
export function meets({ value, target }: NetworkFigure): boolean | undefined {
  if (!target) return undefined;
  return "least" in target ? value >= target.least : value <= target.most;
}
