/**
 * 3D max pooling that remembers where each maximum lay, and tfjs's `MaxPool3D` and `MaxPool3DGrad` by the same code:
 * the stock wasm kernel starts at the smallest positive float, so windows of negative values give 0.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { maxPool3dGradientKernel, maxPool3dKernel, type PoolAttributes } from "../../ops/max_pool3d.ts";
import { defineKernel } from "../define_kernel.ts";
import { pieces, runShared } from "./_pieces.ts";
import type { KernelCall, KernelModule } from "./module.ts";

/** Extents and steps of a pooling as tfjs computes them. */
function describePool(shape: readonly number[], attributes: PoolAttributes) {
  return tf.backend_util.computePool3DInfo(
    [...shape] as [number, number, number, number, number],
    attributes.filterSize as number,
    attributes.strides as number,
    1,
    attributes.pad,
    attributes.dimRoundingMode,
  );
}

const samples = (batch: number) => Array.from({ length: batch }, (_, sample) => sample);

/** y, and places: for each value the voxel of its sample that it came from, int32. */
export function maxPool3d(module: KernelModule, x: tf.TensorInfo, attributes: PoolAttributes) {
  const info = describePool(x.shape, attributes);
  const y = module.output(info.outShape);
  const places = module.output(info.outShape, "int32");
  const window = [info.effectiveFilterDepth, info.effectiveFilterHeight, info.effectiveFilterWidth];
  const planeBytes = info.outHeight * info.outWidth * info.inChannels * 4;
  const sampleBytes = info.inDepth * info.inHeight * info.inWidth * info.inChannels * 4;
  const planeReads = info.outHeight * info.outWidth * info.inChannels * sizeOf(window);
  const [from, to, at] = [x, y, places].map((tensor) => module.pointer(tensor));
  const parts = pieces(info.outDepth, planeReads);
  const callsOf = (sample: number) =>
    parts.map(({ start, count }): KernelCall => {
      const offset = (sample * info.outDepth + start) * planeBytes;
      return [
        "maxPool",
        ...[from + sample * sampleBytes, info.inDepth, info.inHeight, info.inWidth, info.inChannels],
        ...[to + offset, at + offset, start, start + count, info.outHeight, info.outWidth, ...window],
        ...[info.strideDepth, info.strideHeight, info.strideWidth],
        ...[info.padInfo.front, info.padInfo.top, info.padInfo.left],
      ];
    });
  runShared(module, info.batchSize * info.outDepth * planeReads, samples(info.batchSize).flatMap(callsOf));
  return { y, places };
}

/**
 * The gradient of x, whose shape is `shape`.
 *
 * @param slabs planes of x that one plane of dy reaches, if they are its own; otherwise 0.
 */
export function maxPool3dGradient(
  module: KernelModule,
  dy: tf.TensorInfo,
  places: tf.TensorInfo,
  shape: readonly number[],
  slabs: number,
) {
  const dx = module.output(shape);
  const [batch, depth, height, width, channels] = dy.shape;
  const voxels = height * width;
  const planeBytes = shape[2] * shape[3] * channels * 4;
  const [incoming, at, to] = [dy, places, dx].map((tensor) => module.pointer(tensor));
  const parts = slabs > 0 ? pieces(depth, slabs * planeBytes / 4) : [{ start: 0, count: depth }];
  const callsOf = (sample: number) =>
    parts.map(({ start, count }): KernelCall => {
      const offset = (sample * depth + start) * voxels * channels * 4;
      const end = start + count < depth ? (start + count) * slabs : shape[1];
      return [
        "maxPoolGradient",
        ...[incoming + offset, at + offset, count * voxels, channels, to + sample * shape[1] * planeBytes],
        ...[start * slabs * planeBytes, (end - start * slabs) * planeBytes],
      ];
    });
  runShared(module, batch * shape[1] * planeBytes / 4, samples(batch).flatMap(callsOf));
  return dx;
}

/** Registers the fused pair, and the stock pair over tfjs's. */
export function registerMaxPool3d(module: KernelModule): void {
  const free = (tensor: tf.TensorInfo) => tf.backend().disposeData(tensor.dataId);
  defineKernel("wasm", maxPool3dKernel, ({ x }, attributes) => {
    const { y, places } = maxPool3d(module, x, attributes);
    return [y, places];
  });
  defineKernel("wasm", maxPool3dGradientKernel, ({ dy, places }, { shape, window }) => {
    return maxPool3dGradient(module, dy, places, shape, window[0]);
  });
  defineKernel<"x", PoolAttributes>("wasm", "MaxPool3D", ({ x }, attributes) => {
    const { y, places } = maxPool3d(module, x, attributes);
    free(places);
    return y;
  });
  defineKernel<"dy" | "input", PoolAttributes>("wasm", "MaxPool3DGrad", ({ dy, input }, attributes) => {
    const { y, places } = maxPool3d(module, input, attributes);
    const dx = maxPool3dGradient(module, dy, places, input.shape, 0); // windows may overlap
    free(y);
    free(places);
    return dx;
  });
}
