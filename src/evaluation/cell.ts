/**
 * A cell of the evaluation's grid: one method, fine-tuned in one way, tested on one fold.
 *
 * @module
 */

/**
 * How networks are fine-tuned: each site alone; over the sites by gossip; over the sites with one place that averages; one
 * network on all sites' volumes in one place.
 */
export const MODES = ["local", "federated", "central", "pooled"] as const;

/** One of {@linkcode MODES}. */
export type Mode = typeof MODES[number];

/** What is run at once and never by halves. */
export interface Cell {
  /** The objective's name, or "scratch". */
  readonly method: string;
  /** How it is fine-tuned. */
  readonly mode: Mode;
  /** Labelled cases a site, N in the paper's tables. */
  readonly labelled: number;
  /** From 0. */
  readonly fold: number;
  /** Of everything random in it. */
  readonly seed: number;
}

/** A name for what cells of one pre-training, or of one method without, have in common: "fcl/fold0/seed11". */
export function groupId({ method, fold, seed }: Pick<Cell, "method" | "fold" | "seed">): string {
  return `${method}/fold${fold}/seed${seed}`;
}

/**
 * A name for the cell that stays the same from run to run: "fcl/local/n2/fold0/seed11". It is a path, too, where a cell
 * keeps files of its own.
 *
 * @throws {RangeError} if the method's name is not of lower-case letters, digits and hyphens, or a number is none.
 */
export function cellId({ method, mode, labelled, fold, seed }: Cell): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(method)) {
    throw new RangeError(`a method's name must be lower-case letters, digits and single hyphens, got "${method}"`);
  }
  for (const [name, value] of Object.entries({ labelled, fold, seed })) {
    if (!(Number.isSafeInteger(value) && value >= 0)) {
      throw new RangeError(`a cell's ${name} must be an integer of at least 0, got ${value}`);
    }
  }
  return `${method}/${mode}/n${labelled}/fold${fold}/seed${seed}`;
}
