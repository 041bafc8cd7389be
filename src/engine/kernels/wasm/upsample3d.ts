/**
 * Nearest-neighbour upsampling and its gradient.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { fusedKernels } from "../../_fused.ts";
import type { Triple } from "./_convolve.ts";
import { defineKernel } from "./_register.ts";
import type { KernelModule } from "./module.ts";

/** Registers both. */
export function registerUpsample3d(module: KernelModule): void {
  defineKernel(fusedKernels.upsample3d, ({ x }, attributes) => {
    const { factor } = attributes as { factor: Triple };
    const [batch, depth, height, width, channels] = x.shape;
    const y: tf.TensorInfo = module.output([
      batch,
      depth * factor[0],
      height * factor[1],
      width * factor[2],
      channels,
    ]);
    const sizes = [batch * depth, height, width, channels, ...factor];
    module.call.upsample(module.pointer(x), module.pointer(y), ...sizes);
    return y;
  });
  defineKernel(fusedKernels.upsample3dGradient, ({ dy }, attributes) => {
    const { factor } = attributes as { factor: Triple };
    const [batch, channels] = [dy.shape[0], dy.shape[4]];
    const [depth, height, width] = factor.map((times, axis) => dy.shape[axis + 1] / times);
    const dx = module.output([batch, depth, height, width, channels]);
    const sizes = [batch * depth, height, width, channels, ...factor];
    module.call.upsampleGradient(module.pointer(dy), module.pointer(dx), ...sizes);
    return dx;
  });
}
