/**
 * The contrastive loss over rows of similarities, with its gradient: one pass on an engine that has a kernel for it,
 * some twenty stock ops on the others.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Kernel } from "../_kernel.ts";
import type { Scalar, Tensor, Tensor2D } from "../tensors.ts";

/** The loss, and its gradient with respect to the logits. */
export const contrastLossKernel: Kernel<"logits" | "weights" | "penalties"> = new Kernel("SyncytiumContrastLoss");

/**
 * With s the logits and E = log sum exp(s + penalties) of a row: the mean over the rows of sum(weights * softplus(E -
 * s)).
 *
 * The gradient is written out, since tfjs has neither a stop-gradient (for the maximum of the log-sum-exp) nor a
 * gradient for comparisons: with g = weights * sigmoid(E - s), dL/ds = (sum(g) * softmax(s + penalties) - g) / rows.
 *
 * @param logits [rows, columns]
 * @param weights [rows, columns], constant
 * @param penalties [rows, columns], constant
 */
export function contrastLoss(logits: Tensor2D, weights: Tensor2D, penalties: Tensor2D): Scalar {
  const rows = logits.shape[0];
  const fused = contrastLossKernel.isAvailable && logits.size > 0;
  const loss = tf.customGrad((...args: unknown[]) => {
    const [logits, save] = args as [Tensor2D, tf.GradSaveFunc];
    if (fused) {
      const [value, gradient] = contrastLossKernel.run({ logits, weights, penalties }, {});
      save([gradient]); // [rows, columns]
      return { value, gradFunc: (dy: Tensor, [gradient]: Tensor[]) => tf.mul(gradient, dy) };
    }
    const kept = tf.add(logits, penalties); // [rows, columns]
    const peak = tf.max(kept, 1, true); // [rows, 1]
    const shares = tf.exp(tf.sub(kept, peak)); // [rows, columns], 0 where left out, unless all are
    const total = tf.sum(shares, 1, true); // [rows, 1], 1 at least
    const margin = tf.sub(tf.add(peak, tf.log(total)), logits); // [rows, columns], E - s
    save([tf.mul(tf.sigmoid(margin), weights), tf.div(shares, total)]);
    const share = 1 / Math.max(1, rows);
    return {
      value: tf.mul(tf.sum(tf.mul(tf.softplus(margin), weights)), share),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [pull, softmax] = saved; // [rows, columns] both
        return tf.mul(tf.sub(tf.mul(softmax, tf.sum(pull, 1, true)), pull), tf.mul(dy, share));
      },
    };
  });
  return loss(logits) as Scalar;
}
