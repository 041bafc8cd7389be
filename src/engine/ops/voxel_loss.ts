/**
 * Soft Dice + cross-entropy over labelled voxels, with its gradient: one pass over the logits forward and one backward
 * on an engine that has a kernel for it, some thirty stock ops on the others.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Kernel } from "../_kernel.ts";
import type { Scalar, Tensor, Tensor5D } from "../tensors.ts";

/** What {@linkcode voxelLoss} needs to know beside the logits and labels. */
export interface VoxelLossSettings {
  /** Weight of the Dice part. */
  readonly dice: number;
  /** Weight of the cross-entropy part. */
  readonly crossEntropy: number;
  /** The smooth term of Dice. */
  readonly smooth: number;
  /** [classes], how many voxels of each class there are. */
  readonly classSizes: readonly number[];
  /** [classes], what a voxel of each class counts in the cross-entropy. */
  readonly classWeights: readonly number[];
}

/** The loss; p, the softmax of the logits; and factors [3, classes], what the gradient is made of. */
export const voxelLossKernel: Kernel<"logits" | "labels", VoxelLossSettings> = new Kernel("SyncytiumVoxelLoss");

/** The gradient of the logits. */
export const voxelLossGradientKernel: Kernel<"dy" | "p" | "labels" | "factors"> = new Kernel(
  "SyncytiumVoxelLossGradient",
);

/**
 * With p = softmax(logits), y the labels as one-hot vectors, w_y = classWeights, and sums over all voxels of the batch:
 *
 *   Dice_c = (2 sum p_c y_c + s) / (sum p_c + sum y_c + s)
 *   L = dice * (1 - mean over c >= 1 of Dice_c) + crossEntropy * (-sum over voxels of w_y log p_y)
 *
 * The gradient is the closed form: w (p - y) of the cross-entropy, and p_c (g_c - sum over k of p_k g_k) of the Dice,
 * where g_c = -(2 y_c - Dice_c) / (sum p_c + sum y_c + s) / (classes - 1) and g_0 = 0. Stable for any finite logits.
 *
 * @param logits [batch, depth, height, width, classes]
 * @param labels the class of each voxel, row-major, each below `classes`
 * @returns a scalar
 */
export function voxelLoss(logits: Tensor5D, labels: Uint8Array, settings: VoxelLossSettings): Scalar {
  const loss = voxelLossKernel.isAvailable ? fusedLoss : composedLoss;
  return loss(logits, labels, settings);
}

function fusedLoss(logits: Tensor5D, labels: Uint8Array, settings: VoxelLossSettings): Scalar {
  const op = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [Tensor5D, tf.GradSaveFunc];
    const y = tf.tensor1d(labels, "int32"); // [voxels]
    // p: the shape of the logits; factors: [3, classes], what the gradient is made of
    const [value, p, factors] = voxelLossKernel.run({ logits, labels: y }, settings);
    save([p, y, factors]);
    return {
      value,
      gradFunc: (dy: Tensor, [p, labels, factors]: Tensor[]) =>
        voxelLossGradientKernel.run({ dy, p, labels, factors }, {})[0],
    };
  });
  return op(logits) as Scalar;
}

function composedLoss(logits: Tensor5D, labels: Uint8Array, settings: VoxelLossSettings): Scalar {
  const { dice, crossEntropy, smooth, classWeights } = settings;
  const classes = classWeights.length;
  const voxels = labels.length;
  const targets = new Float32Array(voxels * classes);
  const weights = new Float32Array(voxels);
  labels.forEach((label, voxel) => {
    targets[voxel * classes + label] = 1;
    weights[voxel] = classWeights[label];
  });
  const op = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [Tensor5D, tf.GradSaveFunc];
    const flat = tf.reshape(logits, [voxels, classes]); // [voxels, classes]
    const shifted = tf.sub(flat, tf.max(flat, 1, true)); // [voxels, classes], at most 0
    const exponentials = tf.exp(shifted); // [voxels, classes]
    const total = tf.sum(exponentials, 1, true); // [voxels, 1], at least 1
    const p = tf.div(exponentials, total); // [voxels, classes]
    const y = tf.tensor2d(targets, [voxels, classes]);
    const w = tf.tensor2d(weights, [voxels, 1]); // [voxels, 1]
    const entropy = tf.sum(tf.mul(w, tf.sub(tf.log(total), tf.sum(tf.mul(shifted, y), 1, true)))); // scalar
    const overlap = tf.sum(tf.mul(p, y), 0, true); // [1, classes]
    const extent = tf.add(tf.add(tf.sum(p, 0, true), tf.sum(y, 0, true)), smooth); // [1, classes]
    const scores = tf.div(tf.add(tf.mul(overlap, 2), smooth), extent); // [1, classes]: Dice_c
    const foreground = tf.tensor2d([0, ...new Array(classes - 1).fill(1 / (classes - 1))], [1, classes]);
    const missed = tf.sub(1, tf.sum(tf.mul(scores, foreground))); // scalar
    save([p, y, w, scores, tf.div(foreground, extent)]);
    return {
      value: tf.add(tf.mul(missed, dice), tf.mul(entropy, crossEntropy)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [p, y, w, scores, share] = saved; // share: [1, classes]
        const g = tf.sub(tf.mul(scores, share), tf.mul(y, tf.mul(share, 2))); // [voxels, classes]
        const ofDice = tf.mul(p, tf.sub(g, tf.sum(tf.mul(p, g), 1, true))); // [voxels, classes]
        const ofEntropy = tf.mul(tf.sub(p, y), tf.mul(w, crossEntropy)); // [voxels, classes]
        return tf.mul(tf.reshape(tf.add(tf.mul(ofDice, dice), ofEntropy), logits.shape), dy);
      },
    };
  });
  return op(logits) as Scalar;
}
