/**
 * The loss over a network's logits at several resolutions (deep supervision, as nnU-Net trains).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { perAxis, type Triple } from "../core/triple.ts";
import { coarsenLabels } from "../data/labels/coarsen.ts";
import { coarsenShares } from "../data/occupancy.ts";
import { coarsenLabelsKernel, taughtLoss } from "../engine/ops/taught_labels.ts";
import type { Scalar, Tensor, Tensor5D } from "../engine/tensors.ts";
import { diceCrossEntropy, type DiceCrossEntropyOptions } from "./losses.ts";

/** What the loss of each of `count` resolutions counts, finest first: 1, 1/2, 1/4 …, over their sum. */
export function levelWeights(count: number): number[] {
  const total = 2 - 2 ** (1 - count);
  return Array.from({ length: count }, (_, level) => 2 ** -level / total);
}

/** The vectors of a network as it predicts: without the coarser levels' logits, which count in training alone. */
export function withoutSupervision<T extends { readonly name: string }>(vectors: readonly T[]): T[] {
  return vectors.filter(({ name }) => !/^decoder\/level\d+\/logits\//.test(name));
}

/**
 * The weighted mean of {@linkcode diceCrossEntropy} over the resolutions, the labels brought to each by majority, shares
 * by their mean; of one resolution it is that loss itself.
 *
 * @param logits finest first, each [batch, depth_l, height_l, width_l, classes], the finest extents their multiples
 * @param labels of the finest, [batch, depth, height, width] row-major, below `classes` or `IGNORED`
 * @returns a scalar
 * @throws {RangeError} as {@linkcode diceCrossEntropy}.
 */
export function deepLoss(
  logits: readonly Tensor5D[],
  labels: Uint8Array,
  options: DiceCrossEntropyOptions = {},
): Scalar {
  const [finest, ...coarser] = logits, extents = extentsOf(finest);
  const first = diceCrossEntropy(finest, labels, options);
  if (coarser.length === 0) return first;
  const weights = levelWeights(logits.length);
  const others = coarser.map((coarse) => {
    const factor = perAxis((axis) => extents[axis] / extentsOf(coarse)[axis]);
    const shares = options.shares && coarsenShares(options.shares, finest.shape[4], extents, factor);
    return diceCrossEntropy(coarse, coarsenLabels(labels, extents, factor), { ...options, shares });
  });
  return tf.addN([first, ...others].map((loss, level) => tf.mul(loss, weights[level])));
}

/**
 * The same of labels that only a card knows, with one weight for all resolutions.
 *
 * @param labels of the finest, int32 [voxels], below 0 where nobody knows the voxel's class
 */
export function deepTaughtLoss(
  logits: readonly Tensor5D[],
  labels: Tensor,
  { dice = 1, crossEntropy = 1, balance = 0, smooth = 1e-5 }: Omit<DiceCrossEntropyOptions, "shares"> = {},
): Scalar {
  const [finest] = logits, extents = extentsOf(finest), settings = { dice, crossEntropy, balance, smooth };
  const [batch, , , , classes] = finest.shape, weights = levelWeights(logits.length);
  const losses = logits.map((level, index) => {
    if (index === 0) return taughtLoss(finest, labels, settings);
    const factor = perAxis((axis) => extents[axis] / extentsOf(level)[axis]);
    const [coarse] = coarsenLabelsKernel.run({ labels }, { shape: [batch, ...extents], factor, classes });
    return taughtLoss(level, coarse, settings);
  });
  return losses.length === 1 ? losses[0] : tf.addN(losses.map((loss, level) => tf.mul(loss, weights[level])));
}

function extentsOf({ shape: [, depth, height, width] }: Tensor5D): Triple {
  return [depth, height, width];
}
