/**
 * `Conv3D` and `Conv3DBackpropInputV2`: by blocks with halos where these fit (`conv3d_halo_program.ts`), otherwise as a
 * product of matrices (`conv3d_program.ts`).
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { conv3dInputGradientKernel, conv3dKernel } from "../../ops/conv3d.ts";
import { type Convolution, describeConvolution } from "../convolution.ts";
import type { WebgpuBackend } from "./backend.ts";
import { productProgram } from "./conv3d_program.ts";
import { haloProgram } from "./conv3d_halo_program.ts";
import { volumeScalars } from "./convolution.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { chooseHalo, type HaloPlan } from "./halo_tiles.ts";
import { reduceMiddle } from "./reduce.ts";

/** Channels in fours are a layer's, which go on to others; gradients and logits keep their 32 bits. */
function resultOf(backend: WebgpuBackend, shape: readonly number[], backward: boolean): tf.TensorInfo {
  return !backward && shape[4] % 4 === 0 ? backend.activation(shape) : backend.output(shape);
}

/** By blocks. */
export function convolveByHalo(
  backend: WebgpuBackend,
  { source, weights }: Record<"source" | "weights", tf.TensorInfo>,
  convolution: Convolution,
  { backward, shape, plan }: { backward: boolean; shape: readonly number[]; plan: HaloPlan },
): tf.TensorInfo {
  const { program, scalars, jobs, shares } = haloProgram(convolution, backward, plan);
  const y = shares > 1 ? backend.output([shares, ...shape]) : resultOf(backend, shape, backward);
  backend.launch(program, { y, source, weights }, { ...volumeScalars(convolution), ...scalars }, jobs);
  if (shares === 1) return y;
  const total = reduceMiddle(backend, "sum", y, [1, shares, sizeOf(shape)], shape);
  backend.free(y);
  return total;
}

/** As a product. */
export function convolveByProduct(
  backend: WebgpuBackend,
  { source, weights }: Record<"source" | "weights", tf.TensorInfo>,
  convolution: Convolution,
  { backward, shape }: { backward: boolean; shape: readonly number[] },
): tf.TensorInfo {
  const y = resultOf(backend, shape, backward);
  const { program, rowTiles, jobs } = productProgram(convolution, backward);
  backend.launch(program, { y, source, weights }, { ...volumeScalars(convolution), rowTiles }, jobs);
  return y;
}

function convolve(
  backend: WebgpuBackend,
  inputs: Record<"source" | "weights", tf.TensorInfo>,
  convolution: Convolution,
  { backward, shape }: { backward: boolean; shape: readonly number[] },
): tf.TensorInfo {
  const plan = chooseHalo(convolution, backward, { limits: backend.workgroupLimits, tuned: backend.tunedTiles });
  return plan
    ? convolveByHalo(backend, inputs, convolution, { backward, shape, plan })
    : convolveByProduct(backend, inputs, convolution, { backward, shape });
}

/** Registers both over tfjs's. */
export function registerConv3d(): void {
  defineWebgpuKernel(conv3dKernel, (backend, { x, filter }, attributes) => {
    const convolution = describeConvolution(x.shape, filter.shape, attributes);
    const shape = [convolution.batch, ...convolution.outputs, convolution.channelsOut];
    return convolve(backend, { source: x, weights: filter }, convolution, { backward: false, shape });
  });
  defineWebgpuKernel(conv3dInputGradientKernel, (backend, { dy, filter }, { inputShape, ...attributes }) => {
    const convolution = describeConvolution(inputShape, filter.shape, attributes);
    const inputs = { source: dy, weights: filter };
    return convolve(backend, inputs, convolution, { backward: true, shape: inputShape });
  });
}
