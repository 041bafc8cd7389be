/**
 * Two volumes, channel by channel in one.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Kernel } from "../_kernel.ts";
import type { Tensor, Tensor5D } from "../tensors.ts";
import { requireVolume } from "./_requirements.ts";

/** a and b side by side along their last axis. */
export const concatChannelsKernel: Kernel<"a" | "b"> = new Kernel("SyncytiumConcatChannels");

/** The first `channels` of y, and the others. */
export const splitChannelsKernel: Kernel<"y", { readonly channels: number }> = new Kernel("SyncytiumSplitChannels");

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
  if (!concatChannelsKernel.isAvailable) return tf.concat([a, b], 4);
  const channels = a.shape[4];
  const op = tf.customGrad((...args) => {
    const [a, b] = args as unknown as [Tensor5D, Tensor5D];
    return {
      value: concatChannelsKernel.run({ a, b }, {})[0],
      gradFunc: (dy: Tensor) => splitChannelsKernel.run({ y: dy }, { channels }),
    };
  });
  return op(a, b) as Tensor5D;
}
