/**
 * Nearest-neighbour upsampling, and the sum over blocks that is its gradient.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../core/triple.ts";
import { sizeOf } from "../../core/vectors.ts";
import { Kernel } from "../_kernel.ts";
import type { Tensor, Tensor5D } from "../tensors.ts";
import { requireExtents, requireVolume } from "./_requirements.ts";

/** x with each voxel repeated. */
export const upsample3dKernel: Kernel<"x", { readonly factor: Triple }> = new Kernel("SyncytiumUpsample3D");

/** The sums of dy's blocks. */
export const upsample3dGradientKernel: Kernel<"dy", { readonly factor: Triple }> = new Kernel(
  "SyncytiumUpsample3DGradient",
);

/**
 * Nearest-neighbour upsampling: each voxel becomes a block of `factor` voxels.
 *
 * @param x [batch, depth, height, width, channels]
 * @returns [batch, depth * factor, height * factor, width * factor, channels]
 * @throws {RangeError} if `factor` is not of positive integers.
 */
export function upsample3d(x: Tensor5D, factor: Triple): Tensor5D {
  requireVolume("upsample3d", x);
  requireExtents("upsample3d", "factor", factor);
  const op = tf.customGrad((...args) => {
    const [x] = args as unknown as [Tensor5D];
    return { value: repeatVoxels(x, factor), gradFunc: (dy: Tensor) => sumBlocks(dy as Tensor5D, factor) };
  });
  return op(x) as Tensor5D;
}

/** Each voxel as a block of `factor` voxels, without a gradient. */
export function repeatVoxels(x: Tensor5D, factor: Triple): Tensor {
  if (!upsample3dKernel.isAvailable) return composeUpsample(x, factor);
  return upsample3dKernel.run({ x }, { factor })[0];
}

/** The sum of each block of `factor` voxels, without a gradient. */
export function sumBlocks(x: Tensor5D, factor: Triple): Tensor {
  if (!upsample3dGradientKernel.isAvailable) return composeUpsampleGradient(x, factor);
  return upsample3dGradientKernel.run({ dy: x }, { factor })[0];
}

/** Each voxel repeated `factor` times along each axis, by stock ops. */
function composeUpsample(x: Tensor5D, factor: Triple): Tensor5D {
  return tf.tidy(() => {
    let current: Tensor5D = x;
    factor.forEach((times, axis) => {
      if (times === 1) return;
      const shape = [...current.shape] as Tensor5D["shape"];
      const [before, after] = around(shape, axis + 1);
      const repeated = tf.tile(tf.reshape(current, [before, 1, after]), [1, times, 1]);
      shape[axis + 1] *= times;
      current = tf.reshape(repeated, shape);
    });
    return current === x ? tf.clone(x) : current;
  });
}

/** The gradient of {@linkcode composeUpsample}: the sum over each block of `factor` voxels. */
function composeUpsampleGradient(dy: Tensor5D, factor: Triple): Tensor5D {
  return tf.tidy(() => {
    let current: Tensor5D = dy;
    factor.forEach((times, axis) => {
      if (times === 1) return;
      const shape = [...current.shape] as Tensor5D["shape"];
      shape[axis + 1] /= times;
      const [before, after] = around(shape, axis + 1);
      current = tf.reshape(tf.sum(tf.reshape(current, [before, times, after]), 1), shape);
    });
    return current === dy ? tf.clone(dy) : current;
  });
}

/** How many values lie before (the axis itself included) and after `axis`. */
function around(shape: readonly number[], axis: number): [number, number] {
  return [sizeOf(shape.slice(0, axis + 1)), sizeOf(shape.slice(axis + 1))];
}
