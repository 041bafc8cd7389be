/**
 * `Conv3DBackpropFilterV2`.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { type Triple, type Walk, walkPlanes } from "./_convolve.ts";
import { defineKernel } from "./_register.ts";
import { type Conv3DAttributes, describeConvolution } from "./conv3d.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** Voxels that a pointwise convolution sums in float32 before it adds them up. */
const pointwiseStrip = 128;

/** The gradient of a 3D convolution with respect to its filter, which is [depth, height, width, in, out]. */
export function conv3dFilterGradient(
  module: KernelModule,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  filterShape: readonly number[],
  attributes: Conv3DAttributes,
) {
  const { walk, channelsOut } = describeConvolution(x.shape, filterShape, attributes);
  const length = filterShape.slice(0, 4).reduce((a, b) => a * b, 1);
  const channels = Math.ceil(channelsOut / 8) * 8;
  if (channels === channelsOut) {
    const gradient = module.zeros(filterShape);
    accumulate(module, module.pointer(x), module.pointer(dy), walk, channels, module.pointer(gradient));
    return gradient;
  }
  // The kernel works on eight output channels at a time: fill them up with zeros, and cut the result.
  const voxels = dy.shape.slice(0, 4).reduce((a, b) => a * b, 1);
  const gradient = module.output(filterShape);
  module.withScratch((voxels + length) * channels * 4, (padded) => {
    const sums = padded + voxels * channels * 4;
    module.call.resizeRows(module.pointer(dy), padded, voxels, channelsOut, channels);
    module.floats(sums, length * channels).fill(0);
    accumulate(module, module.pointer(x), padded, walk, channels, sums);
    module.call.resizeRows(sums, module.pointer(gradient), length, channels, channelsOut);
  });
  return gradient;
}

function accumulate(
  module: KernelModule,
  x: Pointer,
  dy: Pointer,
  walk: Walk,
  channels: number,
  to: Pointer,
): void {
  for (const part of flattenPointwise(walk)) {
    const [depth, height, width] = part.outputs;
    const dyColumn = channels * 4;
    const run = part.kernel[2] * part.channels;
    const xStart = x + part.skipped * part.channels * 4;
    const dyStart = dy + part.skipped * dyColumn;
    walkPlanes(module, xStart, part, (plane) => {
      module.call.filterGradientPlane(
        plane.taps,
        plane.tapCount,
        run,
        dyStart + (plane.sample * depth + plane.depth) * height * width * dyColumn,
        to + plane.firstKernelDepth * part.kernel[1] * run * channels * 4,
        height,
        width,
        channels,
        plane.xRow,
        plane.xColumn,
        width * dyColumn,
        dyColumn,
      );
    });
  }
}

/** A 1x1x1 convolution with stride 1 as rows of {@linkcode pointwiseStrip} voxels and what is left over. */
function flattenPointwise(walk: Walk): (Walk & { skipped: number })[] {
  const isOne = (extents: Triple) => extents.every((extent) => extent === 1);
  if (!isOne(walk.kernel) || !isOne(walk.strides)) return [{ ...walk, skipped: 0 }];
  const voxels = walk.batch * walk.extents[0] * walk.extents[1] * walk.extents[2];
  const rows = Math.floor(voxels / pointwiseStrip);
  const whole: Triple = [1, rows, pointwiseStrip];
  const rest: Triple = [1, 1, voxels - rows * pointwiseStrip];
  return [
    { ...walk, batch: 1, extents: whole, outputs: whole, skipped: 0 },
    { ...walk, batch: 1, extents: rest, outputs: rest, skipped: rows * pointwiseStrip },
  ].filter(({ outputs }) => outputs[1] > 0 && outputs[2] > 0);
}

/** Registers it over tfjs's. */
export function registerConv3dFilterGradient(module: KernelModule): void {
  defineKernel("Conv3DBackpropFilterV2", ({ x, dy }, attributes) => {
    const { filterShape, ...rest } = attributes as Conv3DAttributes & { filterShape: number[] };
    return conv3dFilterGradient(module, x, dy, filterShape, rest);
  });
}
