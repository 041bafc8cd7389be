/**
 * 3D max pooling of blocks that do not overlap.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../core/triple.ts";
import { Kernel } from "../_kernel.ts";
import type { Tensor, Tensor5D } from "../tensors.ts";
import { requireVolume, requireWindow } from "./_requirements.ts";

/** What tfjs passes with its 3D pooling. */
export interface PoolAttributes {
  readonly filterSize: number | Triple;
  readonly strides: number | Triple;
  readonly pad: "same" | "valid";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** y, and places of y's shape: where each maximum lay, in the engine's way of counting. */
export const maxPool3dKernel: Kernel<
  "x",
  { readonly filterSize: Triple; readonly strides: Triple; readonly pad: "valid" }
> = new Kernel("SyncytiumMaxPool3D");

/** The gradient of x, which is of `shape`. */
export const maxPool3dGradientKernel: Kernel<
  "dy" | "places",
  { readonly shape: readonly number[]; readonly window: Triple }
> = new Kernel("SyncytiumMaxPool3DGradient");

/**
 * The largest value of each block of `window` voxels; blocks do not overlap, voxels beyond the last whole block are
 * dropped. Where values tie, the gradient goes to one of them. NaN wins over everything on engines with a kernel of
 * their own; tfjs's passes over it (and gives -Infinity where a block holds nothing else).
 *
 * @param x [batch, depth, height, width, channels]
 * @returns [batch, floor(depth / window), floor(height / window), floor(width / window), channels]
 * @throws {RangeError} if `window` is not of positive integers or larger than the volume.
 */
export function maxPool3d(x: Tensor5D, window: Triple): Tensor5D {
  requireVolume("maxPool3d", x);
  requireWindow("maxPool3d", window, x);
  if (!maxPool3dKernel.isAvailable) return tf.maxPool3d(x, [...window], [...window], "valid");
  const { shape } = x;
  const op = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [Tensor5D, tf.GradSaveFunc];
    const [value, places] = maxPool3dKernel.run({ x }, { filterSize: window, strides: window, pad: "valid" });
    save([places]);
    return {
      value,
      gradFunc: (dy: Tensor, [places]: Tensor[]) => maxPool3dGradientKernel.run({ dy, places }, { shape, window })[0],
    };
  });
  return op(x) as Tensor5D;
}
