/**
 * The loss that segmentation networks are trained with: soft Dice plus cross-entropy.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** Options of {@linkcode diceCrossEntropy}. */
export interface DiceCrossEntropyOptions {
  /** Weight of the Dice part. @default 1 */
  dice?: number;
  /** Weight of the cross-entropy part. @default 1 */
  crossEntropy?: number;
  /**
   * How far the cross-entropy favours rare classes: a voxel of a class of n voxels counts n^-balance, from 0 (every voxel
   * the same) to 1 (every class of the batch the same). Without it a class that looks like another is easily given up
   * early and never found again. @default 0
   */
  balance?: number;
  /** The smooth term s, which decides what classes count that are nowhere in the batch. @default 1e-5 */
  smooth?: number;
}

/**
 * Soft Dice over the foreground classes plus cross-entropy over all of them, with p = softmax(logits), y the labels as
 * one-hot vectors, sums over all N voxels of the batch together ("batch Dice", as nnU-Net trains):
 *
 *   Dice_c = (2 sum p_c y_c + s) / (sum p_c + sum y_c + s)
 *   L = dice * (1 - mean over c >= 1 of Dice_c) + crossEntropy * (-sum over voxels of w log p_y)
 *
 * with w = n_y^-balance over its sum, so 1/N where balance is 0.
 * The gradient is the closed form: w (p - y) of the cross-entropy, and p_c (g_c - sum over k of p_k g_k) of the Dice,
 * where g_c = -(2 y_c - Dice_c) / (sum p_c + sum y_c + s) / (classes - 1) and g_0 = 0. Stable for any finite logits.
 *
 * @param logits [batch, depth, height, width, classes]
 * @param labels the class of each voxel, [batch, depth, height, width] row-major, below `classes`
 * @returns a scalar
 * @throws {RangeError} if the labels are not as many as the voxels, or one is no class.
 */
export function diceCrossEntropy(
  logits: tf.Tensor5D,
  labels: Uint8Array,
  options: DiceCrossEntropyOptions = {},
): tf.Scalar {
  const { dice = 1, crossEntropy = 1, balance = 0, smooth = 1e-5 } = options;
  const classes = logits.shape[4];
  const voxels = logits.size / classes;
  const targets = oneHot(labels, voxels, classes);
  const weights = voxelWeights(labels, classes, balance);

  const op = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor5D, tf.GradSaveFunc];
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
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [p, y, w, scores, share] = saved; // share: [1, classes]
        const g = tf.sub(tf.mul(scores, share), tf.mul(y, tf.mul(share, 2))); // [voxels, classes]
        const ofDice = tf.mul(p, tf.sub(g, tf.sum(tf.mul(p, g), 1, true))); // [voxels, classes]
        const ofEntropy = tf.mul(tf.sub(p, y), tf.mul(w, crossEntropy)); // [voxels, classes]
        return tf.mul(tf.reshape(tf.add(tf.mul(ofDice, dice), ofEntropy), logits.shape), dy);
      },
    };
  });
  return op(logits) as tf.Scalar;
}

/** The labels as rows of one 1 each: [voxels, classes]. */
function oneHot(labels: Uint8Array, voxels: number, classes: number): Float32Array {
  if (labels.length !== voxels) {
    throw new RangeError(`the loss needs a label for each of the ${voxels} voxels, got ${labels.length}`);
  }
  const targets = new Float32Array(voxels * classes);
  for (let voxel = 0; voxel < voxels; voxel++) {
    if (labels[voxel] >= classes) {
      throw new RangeError(`labels must be below the ${classes} classes of the logits, got ${labels[voxel]}`);
    }
    targets[voxel * classes + labels[voxel]] = 1;
  }
  return targets;
}

/** Of each voxel, its class's size to the power of -balance; their sum is 1. */
function voxelWeights(labels: Uint8Array, classes: number, balance: number): Float32Array {
  const sizes = new Float64Array(classes);
  for (const label of labels) sizes[label]++;
  const ofClass = sizes.map((size) => size > 0 ? size ** -balance : 0);
  const total = ofClass.reduce((sum, weight, label) => sum + weight * sizes[label], 0);
  return Float32Array.from(labels, (label) => ofClass[label] / total);
}
