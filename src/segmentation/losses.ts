/**
 * The loss that segmentation networks are trained with: soft Dice plus cross-entropy.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { isIgnored } from "../data/labels/ignored.ts";
import { takeVoxels } from "../engine/ops/take_voxels.ts";
import { softVoxelLoss } from "../engine/ops/soft_voxel_loss.ts";
import { voxelLoss } from "../engine/ops/voxel_loss.ts";
import type { Scalar, Tensor5D } from "../engine/tensors.ts";

/** Options of {@linkcode diceCrossEntropy}. */
export interface DiceCrossEntropyOptions {
  /** Weight of the Dice part. @default 1 */
  dice?: number;
  /** Weight of the cross-entropy part. @default 1 */
  crossEntropy?: number;
  /**
   * How far the cross-entropy favours rare classes: a voxel of a class of n voxels counts n^-balance, from 0 (every
   * voxel the same) to 1 (every class of the batch the same). Without it a class that looks like another is easily
   * given up early and never found again. @default 0
   */
  balance?: number;
  /** The smooth term s, which decides what classes count that are nowhere in the batch. @default 1e-5 */
  smooth?: number;
  /**
   * The share of each class in each voxel, [batch, depth, height, width, classes] row-major and 1 together: what is
   * learnt in place of the labels, which then say only what nobody annotated. @default the labels
   */
  shares?: Float32Array;
}

/**
 * Soft Dice over the foreground classes plus cross-entropy over all of them, with p = softmax(logits), y the labels as
 * one-hot vectors, sums over all N annotated voxels of the batch together ("batch Dice", as nnU-Net trains):
 *
 *   Dice_c = (2 sum p_c y_c + s) / (sum p_c + sum y_c + s)
 *   L = dice * (1 - mean over c >= 1 of Dice_c) + crossEntropy * (-sum over voxels of w log p_y)
 *
 * with w = n_y^-balance over its sum, so 1/N where balance is 0. Stable for any finite logits. A voxel that nobody
 * annotated counts nowhere and has no gradient, whatever its logits; of a batch of none but such, loss and gradient are
 * 0.
 *
 * With shares y is the shares, n_c their sum, and Dice_c as `softVoxelLoss` has it, which is the same where all shares
 * are 0 or 1.
 *
 * @param logits [batch, depth, height, width, classes]
 * @param labels the class of each voxel, [batch, depth, height, width] row-major, below `classes` or
 * `IGNORED`
 * @returns a scalar
 * @throws {RangeError} if the labels are not as many as the voxels, one is no class, or shares are not as many as the
 * logits.
 */
export function diceCrossEntropy(
  logits: Tensor5D,
  labels: Uint8Array,
  options: DiceCrossEntropyOptions = {},
): Scalar {
  const { dice = 1, crossEntropy = 1, balance = 0, smooth = 1e-5, shares } = options;
  const classes = logits.shape[4];
  const classSizes = countClasses(labels, logits.size / classes, classes);
  const annotated = classSizes.reduce((sum, size) => sum + size, 0);
  if (annotated === 0) return nothing(logits);
  const voxels = annotated === labels.length ? undefined : annotatedVoxels(labels, annotated, classes);
  const taken = voxels ? takeVoxels(logits, voxels) : logits;
  const settingsOf = (classSizes: readonly number[]) => ({
    ...{ dice, crossEntropy, smooth, classSizes, classWeights: weighClasses(classSizes, balance) },
  });
  if (!shares) return voxelLoss(taken, voxels ? takeLabels(labels, voxels) : labels, settingsOf(classSizes));
  if (shares.length !== logits.size) {
    throw new RangeError(`the loss needs a share for each of the ${logits.size} logits, got ${shares.length}`);
  }
  const takenShares = voxels ? takeShares(shares, voxels, classes) : shares;
  return softVoxelLoss(taken, takenShares, settingsOf(sumShares(takenShares, classes)));
}

/** Zero, and so is its gradient. */
function nothing(logits: Tensor5D): Scalar {
  const op = tf.customGrad(() => ({ value: tf.scalar(0), gradFunc: () => tf.zeros(logits.shape) }));
  return op(logits) as Scalar;
}

/** Where the `count` voxels are that somebody annotated, ascending. */
function annotatedVoxels(labels: Uint8Array, count: number, classes: number): Int32Array {
  const voxels = new Int32Array(count);
  for (let voxel = 0, found = 0; voxel < labels.length; voxel++) {
    if (!isIgnored(labels[voxel], classes)) voxels[found++] = voxel;
  }
  return voxels;
}

function takeLabels(labels: Uint8Array, voxels: Int32Array): Uint8Array {
  const taken = new Uint8Array(voxels.length);
  voxels.forEach((voxel, index) => taken[index] = labels[voxel]);
  return taken;
}

function takeShares(shares: Float32Array, voxels: Int32Array, classes: number): Float32Array {
  const taken = new Float32Array(voxels.length * classes);
  voxels.forEach((voxel, index) => taken.set(shares.subarray(voxel * classes, (voxel + 1) * classes), index * classes));
  return taken;
}

/** How many voxels of each class there are, parts of voxels added up. */
function sumShares(shares: Float32Array, classes: number): number[] {
  const sizes = new Array<number>(classes).fill(0);
  for (let i = 0; i < shares.length; i++) sizes[i % classes] += shares[i];
  return sizes;
}

/** How many voxels of each class there are; those that nobody annotated are of none. */
function countClasses(labels: Uint8Array, voxels: number, classes: number): number[] {
  if (labels.length !== voxels) {
    throw new RangeError(`the loss needs a label for each of the ${voxels} voxels, got ${labels.length}`);
  }
  const sizes = new Array<number>(classes).fill(0);
  for (let voxel = 0; voxel < voxels; voxel++) { // eight times as fast as for … of
    const label = labels[voxel];
    if (label >= classes) {
      if (isIgnored(label, classes)) continue;
      throw new RangeError(`labels must be below the ${classes} classes of the logits, got ${label}`);
    }
    sizes[label]++;
  }
  return sizes;
}

/** What a voxel of each class counts: the class's size to the power of -balance; over all voxels the sum is 1. */
function weighClasses(sizes: readonly number[], balance: number): number[] {
  const ofClass = sizes.map((size) => size > 0 ? size ** -balance : 0);
  const total = ofClass.reduce((sum, weight, label) => sum + weight * sizes[label], 0);
  return ofClass.map((weight) => weight / total);
}
