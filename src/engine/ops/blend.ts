/**
 * The weighted mean of two tensors, which a momentum network is made of.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Kernel } from "../_kernel.ts";
import type { Tensor } from "../tensors.ts";

/** The mean. */
export const blendKernel: Kernel<"a" | "b", { readonly share: number }> = new Kernel("SyncytiumBlend");

/**
 * share * a + (1 - share) * b, without a gradient.
 *
 * @throws {RangeError} if the shapes differ or `share` is not from 0 to 1.
 */
export function blend(a: Tensor, b: Tensor, share: number): Tensor {
  if (a.shape.join() !== b.shape.join()) {
    throw new RangeError(`blend: both tensors must have one shape, got [${a.shape}] and [${b.shape}]`);
  }
  if (!(share >= 0 && share <= 1)) throw new RangeError(`blend: the share must be from 0 to 1, got ${share}`);
  if (blendKernel.isAvailable) return blendKernel.run({ a, b }, { share })[0];
  return tf.tidy(() => tf.add(tf.mul(a, share), tf.mul(b, 1 - share)));
}
