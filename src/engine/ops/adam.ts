/**
 * One step of Adam: one pass over memory on an engine that has a kernel for it, some ten stock ops on the others.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Kernel } from "../_kernel.ts";
import type { Tensor, Variable } from "../tensors.ts";

/** The moments of one variable: running means of its gradients, and of their squares. */
export interface AdamMoments {
  readonly first: Variable;
  readonly second: Variable;
}

/** The scalars of a step. */
export interface AdamStepSettings {
  /** Multiplies the gradient. */
  readonly scale: number;
  /** Decay of the first moments. */
  readonly beta1: number;
  /** Decay of the second moments. */
  readonly beta2: number;
  /** Learning rate with the bias corrections in it. */
  readonly rate: number;
  /** Added to the root of the second moments, with the bias correction in it. */
  readonly epsilon: number;
  /** What weight decay leaves of the weights. */
  readonly keep: number;
}

/** The moved weights; the moments are updated in place. */
export const adamKernel: Kernel<"weights" | "gradient" | "first" | "second", AdamStepSettings> = new Kernel(
  "SyncytiumAdam",
);

/** Moves the weights and both moments by one step (Kingma and Ba 2015, algorithm 1); all have one shape. */
export function adamStep(weights: Variable, gradient: Tensor, moments: AdamMoments, settings: AdamStepSettings): void {
  tf.tidy(() => {
    if (adamKernel.isAvailable) {
      const [moved] = adamKernel.run({ weights, gradient, ...moments }, settings);
      weights.assign(moved);
      return;
    }
    const { first, second } = moments;
    const { scale, beta1, beta2, rate, epsilon, keep } = settings;
    const scaled = tf.mul(gradient, scale);
    first.assign(tf.add(tf.mul(first, beta1), tf.mul(scaled, 1 - beta1)));
    second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(scaled), 1 - beta2)));
    const step = tf.div(tf.mul(first, rate), tf.add(tf.sqrt(second), epsilon));
    weights.assign(tf.sub(tf.mul(weights, keep), step));
  });
}
