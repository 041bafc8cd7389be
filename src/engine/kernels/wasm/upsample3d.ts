/**
 * Nearest-neighbour upsampling and its gradient.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { fusedKernels } from "../../_kernel.ts";
import type { Triple } from "./_convolve.ts";
import { pieces } from "./_pieces.ts";
import { defineKernel } from "../define_kernel.ts";
import type { KernelModule } from "./module.ts";

/** Registers both. */
export function registerUpsample3d(module: KernelModule): void {
  /** Runs `kernel` between a tensor and the one that is `factor` times as large, planes of the smaller one apart. */
  const run = (kernel: string, [small, large]: tf.TensorInfo[], factor: Triple) => {
    const [batch, depth, height, width, channels] = small.shape;
    const [smallBytes, times] = [height * width * channels * 4, factor[0] * factor[1] * factor[2]];
    const [from, to] = [small, large].map((tensor) => module.pointer(tensor));
    module.run(
      pieces(batch * depth, height * width * channels * times).map(({ start, count }) => [
        kernel,
        ...[from + start * smallBytes, to + start * smallBytes * times, count, height, width, channels, ...factor],
      ]),
    );
  };
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
    run("upsample", [x, y], factor);
    return y;
  });
  defineKernel(fusedKernels.upsample3dGradient, ({ dy }, attributes) => {
    const { factor } = attributes as { factor: Triple };
    const [batch, channels] = [dy.shape[0], dy.shape[4]];
    const [depth, height, width] = factor.map((times, axis) => dy.shape[axis + 1] / times);
    const dx = module.output([batch, depth, height, width, channels]);
    run("upsampleGradient", [dx, dy], factor);
    return dx;
  });
}
