/**
 * Labels that a network gives and a card keeps, so that no step waits for them: there on engines whose values are dear to
 * read, the others have functions that compute the same (`src/segmentation/unlabelled`). They are int32, one a voxel,
 * and below 0 where nobody says anything.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Kernel } from "../_kernel.ts";
import type { Scalar, Tensor, Tensor5D } from "../tensors.ts";
import type { VoxelLossSettings } from "./voxel_loss.ts";

/** logits [.., classes] -> labels [voxels]: the first most probable class where its probability reaches `threshold`. */
export const sureLabelsKernel: Kernel<"logits", { readonly threshold: number }> = new Kernel("SyncytiumSureLabels");

/** Attributes of {@linkcode largestPartsKernel}. */
export interface LargestPartsAttributes {
  /** [patches, depth, height, width] */
  readonly shape: readonly number[];
  /** The classes; of class 0 every part stays. */
  readonly classes: number;
}

/**
 * labels [voxels] -> labels [voxels]: nothing where a voxel is apart from the largest part of its class in its patch.
 * Voxels are connected by faces; of parts of one size the first is the largest.
 */
export const largestPartsKernel: Kernel<"labels", LargestPartsAttributes> = new Kernel("SyncytiumLargestParts");

/** taught [m], given [n], int32 places [voxels] below m + n -> labels [voxels]; places from m on are in `given`. */
export const pickLabelsKernel: Kernel<"taught" | "given" | "places"> = new Kernel("SyncytiumPickLabels");

/** Attributes of {@linkcode coarsenLabelsKernel}. */
export interface CoarsenAttributes {
  /** [patches, depth, height, width], multiples of `factor`. */
  readonly shape: readonly number[];
  /** A window's extents along z, y, x. */
  readonly factor: readonly [number, number, number];
  readonly classes: number;
}

/** labels [voxels] -> what most voxels of each window have; of those that as many have, the one that comes first. */
export const coarsenLabelsKernel: Kernel<"labels", CoarsenAttributes> = new Kernel("SyncytiumCoarsenLabels");

/**
 * labels [voxels] -> table [2, classes]: the voxels of each class, and what one counts, their number to the power of
 * -balance, 1 over all; and the share of voxels that have a class, a scalar.
 */
export const classTableKernel: Kernel<"labels", { readonly classes: number; readonly balance: number }> = new Kernel(
  "SyncytiumClassTable",
);

/** As `voxelLossKernel`, with the table of `classTableKernel`; voxels without a class count nowhere. */
export const taughtLossKernel: Kernel<
  "logits" | "labels" | "table",
  Pick<VoxelLossSettings, "dice" | "crossEntropy" | "smooth">
> = new Kernel("SyncytiumTaughtLoss");

/** The gradient of the logits: 0 of a voxel without a class. */
export const taughtLossGradientKernel: Kernel<"dy" | "p" | "labels" | "factors"> = new Kernel(
  "SyncytiumTaughtLossGradient",
);

/**
 * The loss of `voxelLoss` over the voxels that have a class; 0 if none has.
 *
 * @param logits [batch, depth, height, width, classes]
 * @param labels int32 [voxels], row-major
 * @returns a scalar
 */
export function taughtLoss(
  logits: Tensor5D,
  labels: Tensor,
  { balance, ...settings }: Pick<VoxelLossSettings, "dice" | "crossEntropy" | "smooth"> & { readonly balance: number },
): Scalar {
  const op = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [Tensor5D, tf.GradSaveFunc];
    const [table] = classTableKernel.run({ labels }, { classes: logits.shape[4], balance }); // [2, classes]
    // p: the shape of the logits; factors: [3, classes], what the gradient is made of
    const [value, p, factors] = taughtLossKernel.run({ logits, labels, table }, settings);
    save([p, factors]);
    return {
      value,
      gradFunc: (dy: Tensor, [p, factors]: Tensor[]) => taughtLossGradientKernel.run({ dy, p, labels, factors }, {})[0],
    };
  });
  return op(logits) as Scalar;
}
