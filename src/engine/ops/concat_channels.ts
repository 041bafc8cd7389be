/**
 * Two volumes, channel by channel in one.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { fusedKernels, hasFused, runFused } from "../_kernel.ts";
import type { Tensor, Tensor5D } from "../tensors.ts";
import { requireVolume } from "./_requirements.ts";

/**
 * The channels of `a`, then those of `b`.
 *
 * @param a [batch, depth, height, width, channelsA]
 * @param b [batch, depth, height, width, channelsB]
 * @returns [batch, depth, height, width, channelsA + channelsB]
 * @throws {RangeError} if the other extents differ.
 */
export function concatChannels(a: Tensor5D, b: Tensor5D): Tensor5D {
  requireVolume("concatChannels", a);
  requireVolume("concatChannels", b);
  if (a.shape.slice(0, 4).join() !== b.shape.slice(0, 4).join()) {
    throw new RangeError(
      `concatChannels: all extents but the channels must agree, got [${a.shape}] and [${b.shape}]`,
    );
  }
  if (!hasFused(fusedKernels.concatChannels)) return tf.concat([a, b], 4);
  const channels = a.shape[4];
  const op = tf.customGrad((...args) => {
    const [a, b] = args as unknown as [Tensor5D, Tensor5D];
    return {
      value: runFused(fusedKernels.concatChannels, { a, b })[0],
      gradFunc: (dy: Tensor) => runFused(fusedKernels.splitChannels, { y: dy }, { channels }),
    };
  });
  return op(a, b) as Tensor5D;
}
