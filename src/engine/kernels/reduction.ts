/**
 * Reductions over neighbouring axes, as kernels of every engine need them.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../core/vectors.ts";

/** What tfjs passes with its reductions; `Max` calls its axes so, others otherwise. */
export interface ReductionAttributes {
  readonly axis?: number | number[] | null;
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims?: boolean;
}

/** A tensor as [outer, length, inner], to be reduced over length. */
export interface Reduction {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  /** The shape of the result, [outer, inner] in as many axes as the caller asked for. */
  readonly shape: readonly number[];
}

/** How `x` is to be reduced; undefined if the axes do not neighbour each other, or it is not of float32. */
export function describeReduction(
  { shape, dtype }: tf.TensorInfo,
  { axis, reductionIndices, keepDims = false }: ReductionAttributes,
): Reduction | undefined {
  const axes = tf.util.parseAxisParam(axis ?? reductionIndices ?? shape.map((_, i) => i), [...shape]);
  const sorted = axes.toSorted((a, b) => a - b);
  if (dtype !== "float32" || sorted.some((axis, i) => axis !== sorted[0] + i)) return undefined;
  const [first, end] = sorted.length === 0 ? [0, 0] : [sorted[0], sorted[sorted.length - 1] + 1];
  return {
    outer: sizeOf(shape.slice(0, first)),
    length: sizeOf(shape.slice(first, end)),
    inner: sizeOf(shape.slice(end)),
    shape: shape.flatMap((extent, i) => !axes.includes(i) ? [extent] : keepDims ? [1] : []),
  };
}
