/**
 * Nearest-neighbour upsampling and its gradient.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import type { Triple } from "../../../core/triple.ts";
import { upsample3dGradientKernel, upsample3dKernel } from "../../ops/upsample3d.ts";
import { defineKernel } from "../define_kernel.ts";
import { pieces } from "./_pieces.ts";
import type { KernelModule } from "./module.ts";

/** Registers both. */
export function registerUpsample3d(module: KernelModule): void {
  /** Runs `kernel` between a tensor and the one that is `factor` times as large, planes of the smaller one apart. */
  const run = (kernel: string, [small, large]: tf.TensorInfo[], factor: Triple) => {
    const [batch, depth, height, width, channels] = small.shape;
    const [smallBytes, times] = [height * width * channels * 4, sizeOf(factor)];
    const [from, to] = [small, large].map((tensor) => module.pointer(tensor));
    module.run(
      pieces(batch * depth, height * width * channels * times).map(({ start, count }) => [
        kernel,
        ...[from + start * smallBytes, to + start * smallBytes * times, count, height, width, channels, ...factor],
      ]),
    );
  };
  defineKernel("wasm", upsample3dKernel, ({ x }, { factor }) => {
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
  defineKernel("wasm", upsample3dGradientKernel, ({ dy }, { factor }) => {
    const [batch, channels] = [dy.shape[0], dy.shape[4]];
    const [depth, height, width] = factor.map((times, axis) => dy.shape[axis + 1] / times);
    const dx = module.output([batch, depth, height, width, channels]);
    run("upsampleGradient", [dx, dy], factor);
    return dx;
  });
}
