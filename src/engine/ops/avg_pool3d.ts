/**
 * 3D average pooling of blocks that do not overlap.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../core/triple.ts";
import type { Tensor, Tensor5D } from "../tensors.ts";
import { requireVolume, requireWindow } from "./_requirements.ts";
import { repeatVoxels, sumBlocks } from "./upsample3d.ts";

/**
 * The mean of each block of `window` voxels; blocks do not overlap, voxels beyond the last whole block are dropped.
 *
 * @param x [batch, depth, height, width, channels]
 * @returns [batch, floor(depth / window), floor(height / window), floor(width / window), channels]
 * @throws {RangeError} if `window` is not of positive integers or larger than the volume.
 */
export function avgPool3d(x: Tensor5D, window: Triple): Tensor5D {
  requireVolume("avgPool3d", x);
  requireWindow("avgPool3d", window, x);
  const [batch, depth, height, width, channels] = x.shape;
  const kept = [depth, height, width].map((extent, axis) => extent - extent % window[axis]);
  const whole = kept.join() === [depth, height, width].join()
    ? x
    : tf.slice(x, [0, 0, 0, 0, 0], [batch, kept[0], kept[1], kept[2], channels]);
  const share = 1 / (window[0] * window[1] * window[2]);
  // the sum over blocks is the gradient of upsampling, and the other way round
  const op = tf.customGrad((...args) => {
    const [x] = args as unknown as [Tensor5D];
    return {
      value: tf.mul(sumBlocks(x, window), share),
      gradFunc: (dy: Tensor) => repeatVoxels(tf.mul(dy, share) as Tensor5D, window),
    };
  });
  return op(whole) as Tensor5D;
}
