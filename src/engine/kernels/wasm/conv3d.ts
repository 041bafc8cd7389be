/**
 * `Conv3D` and `Conv3DBackpropInputV2`. Fast (near the processor's limit) where the channels written are multiples of
 * 8; channels in between cost as much as the next multiple.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { convolve, denseTarget, packedBytes, type Triple, type Walk } from "./_convolve.ts";
import type { KernelModule } from "./module.ts";
import { defineKernel } from "./_register.ts";

/** What tfjs passes with its 3D convolutions. */
export interface Conv3DAttributes {
  readonly strides: number | Triple;
  readonly pad: "same" | "valid";
}

/** The geometry of a 3D convolution as tfjs computes it. */
export function describeConvolution(
  x: readonly number[],
  filter: readonly number[],
  { strides, pad }: Conv3DAttributes,
): { walk: Walk; channelsOut: number } {
  const info = tf.backend_util.computeConv3DInfo(
    [...x] as [number, number, number, number, number],
    [...filter] as [number, number, number, number, number],
    strides as number,
    1,
    pad,
  );
  return {
    channelsOut: info.outChannels,
    walk: {
      batch: info.batchSize,
      extents: [info.inDepth, info.inHeight, info.inWidth],
      channels: info.inChannels,
      outputs: [info.outDepth, info.outHeight, info.outWidth],
      kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
      strides: [info.strideDepth, info.strideHeight, info.strideWidth],
      before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    },
  };
}

/** A 1x1x1 convolution with stride 1 sees one long row of voxels. */
function flattenPointwise(walk: Walk): Walk {
  const isOne = (extents: Triple) => extents.every((extent) => extent === 1);
  if (!isOne(walk.kernel) || !isOne(walk.strides)) return walk;
  const voxels = walk.batch * walk.extents[0] * walk.extents[1] * walk.extents[2];
  return { ...walk, batch: 1, extents: [1, 1, voxels], outputs: [1, 1, voxels] };
}

/** `Conv3D`: x [batch, depth, height, width, in], filter [depth, height, width, in, out]. */
export function conv3d(module: KernelModule, x: tf.TensorInfo, filter: tf.TensorInfo, attributes: Conv3DAttributes) {
  const { walk: asGiven, channelsOut } = describeConvolution(x.shape, filter.shape, attributes);
  const y = module.output([asGiven.batch, ...asGiven.outputs, channelsOut]);
  const walk = flattenPointwise(asGiven);
  const taps = walk.kernel[0] * walk.kernel[1] * walk.kernel[2];
  module.withScratch(packedBytes(taps, walk.channels, channelsOut), (weights) => {
    module.call.packFilter(module.pointer(filter), taps * walk.channels, channelsOut, weights);
    convolve(module, module.pointer(x), walk, weights, denseTarget(module.pointer(y), walk.outputs, channelsOut));
  });
  return y;
}

/**
 * `Conv3DBackpropInputV2`: the gradient with respect to x. Positions of x that are equal modulo the stride read the
 * same taps, so each such phase is a convolution of dy with those taps reversed.
 */
export function conv3dInputGradient(
  module: KernelModule,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  xShape: readonly number[],
  attributes: Conv3DAttributes,
) {
  const { walk: forward, channelsOut } = describeConvolution(xShape, filter.shape, attributes);
  const { extents, strides, kernel, before, channels } = flattenPointwise(forward);
  const flat = flattenPointwise(forward);
  const phases = [0, 1, 2].map((axis) => axisPhases(extents[axis], kernel[axis], strides[axis], before[axis]));
  const silent = phases.some((axis) => axis.some(({ count }) => count === 0));
  const dx = silent ? module.zeros(xShape) : module.output(xShape);
  const whole = denseTarget(module.pointer(dx), extents, channels);
  for (const d of phases[0]) {
    for (const h of phases[1]) {
      for (const w of phases[2]) {
        const counts: Triple = [d.count, h.count, w.count];
        const outputs: Triple = [d.outputs, h.outputs, w.outputs];
        if (counts.includes(0) || outputs.includes(0)) continue;
        const taps = d.count * h.count * w.count;
        module.withScratch(packedBytes(taps, channelsOut, channels), (weights) => {
          module.call.packFilterReversed(
            module.pointer(filter),
            ...[kernel[1], kernel[2], channels, channelsOut, weights],
            ...[d.firstTap, h.firstTap, w.firstTap],
            ...strides,
            ...counts,
          );
          const walk: Walk = {
            batch: flat.batch,
            extents: flat.outputs,
            channels: channelsOut,
            outputs,
            kernel: counts,
            strides: [1, 1, 1],
            before: [d.before, h.before, w.before],
          };
          convolve(module, module.pointer(dy), walk, weights, {
            ...whole,
            address: whole.address + d.phase * whole.plane + h.phase * whole.row + w.phase * whole.column,
            plane: whole.plane * strides[0],
            row: whole.row * strides[1],
            column: whole.column * strides[2],
          });
        });
      }
    }
  }
  return dx;
}

/** For each position of x modulo the stride: which taps reach it, and from where in dy. */
function axisPhases(extent: number, kernel: number, stride: number, before: number) {
  return Array.from({ length: Math.min(stride, extent) }, (_, phase) => {
    const firstTap = (((phase + before) % stride) + stride) % stride; // before may be negative
    const count = firstTap < kernel ? Math.ceil((kernel - firstTap) / stride) : 0;
    const outputs = Math.ceil((extent - phase) / stride); // positions of x in this phase
    return { phase, firstTap, count, outputs, before: count - 1 - Math.floor((phase + before) / stride) };
  });
}

/** Registers both over tfjs's. */
export function registerConv3d(module: KernelModule): void {
  defineKernel("Conv3D", ({ x, filter }, attributes) => conv3d(module, x, filter, attributes as Conv3DAttributes));
  defineKernel("Conv3DBackpropInputV2", ({ dy, filter }, attributes) => {
    const { inputShape, ...rest } = attributes as Conv3DAttributes & { inputShape: number[] };
    return conv3dInputGradient(module, dy, filter, inputShape, rest);
  });
}
