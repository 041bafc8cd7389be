/**
 * 3D max pooling that remembers where each maximum lay, and tfjs's `MaxPool3D` and `MaxPool3DGrad` by the same code:
 * the stock wasm kernel starts at the smallest positive float, so windows of negative values give 0.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { fusedKernels } from "../../_fused.ts";
import type { Triple } from "./_convolve.ts";
import { defineKernel } from "./_register.ts";
import type { KernelModule } from "./module.ts";

/** What tfjs passes with its pooling. */
interface PoolAttributes {
  readonly filterSize: number | Triple;
  readonly strides: number | Triple;
  readonly pad: "same" | "valid";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** y, and places: for each value the voxel of its sample that it came from, int32. */
export function maxPool3d(module: KernelModule, x: tf.TensorInfo, attributes: PoolAttributes) {
  const info = tf.backend_util.computePool3DInfo(
    x.shape as [number, number, number, number, number],
    attributes.filterSize as number,
    attributes.strides as number,
    1,
    attributes.pad,
    attributes.dimRoundingMode,
  );
  const y = module.output(info.outShape);
  const places = module.output(info.outShape, "int32");
  const sampleBytes = (shape: readonly number[]) => shape.slice(1).reduce((a, b) => a * b, 4);
  for (let sample = 0; sample < info.batchSize; sample++) {
    module.call.maxPool(
      module.pointer(x) + sample * sampleBytes(x.shape),
      ...[info.inDepth, info.inHeight, info.inWidth, info.inChannels],
      module.pointer(y) + sample * sampleBytes(y.shape),
      module.pointer(places) + sample * sampleBytes(y.shape),
      ...[info.outDepth, info.outHeight, info.outWidth],
      ...[info.effectiveFilterDepth, info.effectiveFilterHeight, info.effectiveFilterWidth],
      ...[info.strideDepth, info.strideHeight, info.strideWidth],
      ...[info.padInfo.front, info.padInfo.top, info.padInfo.left],
    );
  }
  return { y, places };
}

/** The gradient of x, whose shape is `shape`. */
export function maxPool3dGradient(
  module: KernelModule,
  dy: tf.TensorInfo,
  places: tf.TensorInfo,
  shape: readonly number[],
) {
  const dx = module.zeros(shape);
  const [batch, depth, height, width, channels] = dy.shape;
  const voxels = depth * height * width;
  const dxBytes = shape.slice(1).reduce((a, b) => a * b, 4);
  for (let sample = 0; sample < batch; sample++) {
    const skipped = sample * voxels * channels * 4;
    module.call.maxPoolGradient(
      module.pointer(dy) + skipped,
      module.pointer(places) + skipped,
      voxels,
      channels,
      module.pointer(dx) + sample * dxBytes,
    );
  }
  return dx;
}

/** Registers the fused pair, and the stock pair over tfjs's. */
export function registerMaxPool3d(module: KernelModule): void {
  const free = (tensor: tf.TensorInfo) => tf.backend().disposeData(tensor.dataId);
  defineKernel(fusedKernels.maxPool3d, ({ x }, attributes) => {
    const { y, places } = maxPool3d(module, x, attributes as PoolAttributes);
    return [y, places];
  });
  defineKernel(fusedKernels.maxPool3dGradient, ({ dy, places }, attributes) => {
    return maxPool3dGradient(module, dy, places, (attributes as { shape: number[] }).shape);
  });
  defineKernel("MaxPool3D", ({ x }, attributes) => {
    const { y, places } = maxPool3d(module, x, attributes as PoolAttributes);
    free(places);
    return y;
  });
  defineKernel("MaxPool3DGrad", ({ dy, input }, attributes) => {
    const { y, places } = maxPool3d(module, input, attributes as PoolAttributes);
    const dx = maxPool3dGradient(module, dy, places, input.shape);
    free(y);
    free(places);
    return dx;
  });
}
