/**
 * The sum of a tensor's squares, of which the norm is made that gradients are clipped by.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Kernel } from "../_kernel.ts";
import type { Scalar, Tensor } from "../tensors.ts";

/** The sum. */
export const sumOfSquaresKernel: Kernel<"x"> = new Kernel("SyncytiumSumOfSquares");

/** The sum of the squares of all values of `x`, of any shape; without a gradient. */
export function sumOfSquares(x: Tensor): Scalar {
  if (sumOfSquaresKernel.isAvailable) return sumOfSquaresKernel.run({ x }, {})[0].asScalar();
  return tf.tidy(() => tf.sum(tf.square(x)).asScalar());
}
