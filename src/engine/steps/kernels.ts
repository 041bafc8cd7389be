/**
 * The kernels by which a card decides about training steps itself: declared here, they are there on engines whose values
 * are dear to read.
 *
 * @module
 */

import { Kernel } from "../_kernel.ts";

/** How a kernel that goes through several tensors calls those of one kind: "gradient0", "gradient1", … */
export function numbered<T>(name: string, values: readonly T[]): Record<string, T> {
  return Object.fromEntries(values.map((value, index) => [`${name}${index}`, value]));
}

/** The attributes of a kernel that goes through `count` tensors of each kind. */
export interface Counted {
  readonly count: number;
}

/** Sums of the squares of parts of gradients, `gradient0` …: one tensor, whose values together are the square of the norm. */
export const squaresKernel: Kernel<string, Counted> = new Kernel("SyncytiumSquares");

/** Attributes of {@linkcode judgeKernel}. */
export interface JudgeAttributes {
  /** Where in `seen` the step's loss and norm go. */
  readonly slot: number;
  /** Gradients are scaled down to this norm. */
  readonly clipNorm: number;
}

/**
 * Writes loss and norm into `seen`, [slots, 2]. The verdict that it gives, [3]: 1 if both are finite or 0, the factor on
 * the gradients, and how many of the slots before hold a step that was skipped.
 */
export const judgeKernel: Kernel<"loss" | "squares" | "seen", JudgeAttributes> = new Kernel("SyncytiumJudge");

/** Attributes of {@linkcode judgedAdamKernel}. */
export interface JudgedAdamAttributes extends Counted {
  readonly beta1: number;
  readonly beta2: number;
  /** Of each variable: its share of the rate. */
  readonly shares: readonly number[];
}

/**
 * One step of Adam for many variables where `verdict` says so: `weights0`, `gradient0`, `first0`, `second0` … `paces`,
 * [slots, 3], holds rate and epsilon with the bias corrections in them, and what weight decay takes, by the number of
 * steps that were skipped before. The moments are updated in place; the moved weights are new tensors.
 */
export const judgedAdamKernel: Kernel<string, JudgedAdamAttributes> = new Kernel("SyncytiumJudgedAdam");

/**
 * The weighted means of many pairs, `a0`, `b0` …, where `verdict` says so, and a's values where it does not. `shares`,
 * [slots], holds a's share by the number of steps that were skipped before.
 */
export const judgedBlendKernel: Kernel<string, Counted> = new Kernel("SyncytiumJudgedBlend");

/** Attributes of {@linkcode putRowsKernel}. */
export interface PutRowsAttributes {
  /** The row that the first key goes into; after the last of `capacity` comes the first. */
  readonly start: number;
  readonly capacity: number;
}

/** Writes keys, [keys, dimension], into rows, [capacity or more, dimension], in place; of one not finite, zeros. */
export const putRowsKernel: Kernel<"rows" | "keys", PutRowsAttributes> = new Kernel("SyncytiumPutRows");

/** Rows, [n, dimension], at places, int32 [taken]: [taken, dimension]. */
export const takeRowsKernel: Kernel<"rows" | "places"> = new Kernel("SyncytiumTakeRows");
