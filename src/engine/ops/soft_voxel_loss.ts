/**
 * Soft Dice + cross-entropy over voxels whose labels are shares of classes, with its gradient, by stock ops.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor, Tensor5D } from "../tensors.ts";
import type { VoxelLossSettings } from "./voxel_loss.ts";

/**
 * With p = softmax(logits), y the shares, w = classWeights, and sums over all voxels of the batch:
 *
 *   Dice_c = 1 - sum |p_c - y_c| / (sum p_c + sum y_c + s)
 *   L = dice * (1 - mean over c >= 1 of Dice_c) + crossEntropy * (-sum over voxels and classes of w_c y_c log p_c)
 *
 * Where every share is 0 or 1 this is `voxelLoss`: |p - y| = p + y - 2 p y. Elsewhere 2 p y would reward p = 1 where y
 * is above a half; by this form the best p is y (Wang et al., Dice Semimetric Losses, arXiv 2303.16296).
 *
 * The gradient is W p - w y of the cross-entropy, W the sum of w y over the classes, and p_c (g_c - sum over k of
 * p_k g_k) of the Dice, where g_c = (sign(p_c - y_c) - 1 + Dice_c) / (sum p_c + sum y_c + s) / (classes - 1), g_0 = 0.
 *
 * @param logits [batch, depth, height, width, classes]
 * @param shares as many, in the same order; of each voxel they are 1 together
 * @returns a scalar
 */
export function softVoxelLoss(logits: Tensor5D, shares: Float32Array, settings: VoxelLossSettings): Scalar {
  const { dice, crossEntropy, smooth, classWeights } = settings;
  const classes = classWeights.length;
  const voxels = shares.length / classes;
  const op = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [Tensor5D, tf.GradSaveFunc];
    const flat = tf.reshape(logits, [voxels, classes]); // [voxels, classes]
    const shifted = tf.sub(flat, tf.max(flat, 1, true)); // [voxels, classes], at most 0
    const exponentials = tf.exp(shifted); // [voxels, classes]
    const total = tf.sum(exponentials, 1, true); // [voxels, 1], at least 1
    const p = tf.div(exponentials, total); // [voxels, classes]
    const y = tf.tensor2d(shares, [voxels, classes]);
    const wy = tf.mul(y, tf.tensor2d(classWeights as number[], [1, classes])); // [voxels, classes]
    const entropy = tf.sum(tf.mul(wy, tf.sub(tf.log(total), shifted))); // scalar
    const distance = tf.sum(tf.abs(tf.sub(p, y)), 0, true); // [1, classes]
    const extent = tf.add(tf.add(tf.sum(p, 0, true), tf.sum(y, 0, true)), smooth); // [1, classes]
    const scores = tf.sub(1, tf.div(distance, extent)); // [1, classes]: Dice_c
    const foreground = tf.tensor2d([0, ...new Array(classes - 1).fill(1 / (classes - 1))], [1, classes]);
    const missed = tf.sub(1, tf.sum(tf.mul(scores, foreground))); // scalar
    save([p, y, wy, scores, tf.div(foreground, extent)]);
    return {
      value: tf.add(tf.mul(missed, dice), tf.mul(entropy, crossEntropy)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [p, y, wy, scores, share] = saved; // share: [1, classes]
        const above = tf.cast(tf.greater(p, y), "float32"), below = tf.cast(tf.less(p, y), "float32");
        const g = tf.mul(share, tf.add(tf.sub(above, below), tf.sub(scores, 1))); // [voxels, classes]
        const ofDice = tf.mul(p, tf.sub(g, tf.sum(tf.mul(p, g), 1, true))); // [voxels, classes]
        const ofEntropy = tf.sub(tf.mul(p, tf.sum(wy, 1, true)), wy); // [voxels, classes]
        const both = tf.add(tf.mul(ofDice, dice), tf.mul(ofEntropy, crossEntropy));
        return tf.mul(tf.reshape(both, logits.shape), dy);
      },
    };
  });
  return op(logits) as Scalar;
}
