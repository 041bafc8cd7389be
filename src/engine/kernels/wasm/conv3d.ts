/**
 * `Conv3D` and `Conv3DBackpropInputV2`. Convolutions that suit Winograd's algorithm (see `_winograd.ts`) take it; the
 * others are fast (near the processor's limit) where the channels written are multiples of 8, and channels in between
 * cost as much as the next multiple.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import type { Triple } from "../../../core/triple.ts";
import { conv3dInputGradientKernel, conv3dKernel, type ConvolutionAttributes } from "../../ops/conv3d.ts";
import { type Convolution, describeConvolution } from "../convolution.ts";
import { defineKernel } from "../define_kernel.ts";
import type { KernelCall } from "./_call_queue.ts";
import { callsFor, convolve, denseTarget, flattenPointwise, packedBytes, runsOf, type Walk } from "./_convolve.ts";
import type { KernelModule, Pointer } from "./module.ts";
import { convolveWinograd, suitsWinograd } from "./winograd.ts";

/** `Conv3D`: x [batch, depth, height, width, in], filter [depth, height, width, in, out]. */
export function conv3d(
  module: KernelModule,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attributes: ConvolutionAttributes,
) {
  const convolution = describeConvolution(x.shape, filter.shape, attributes);
  const y = module.output([convolution.batch, ...convolution.outputs, convolution.channelsOut]);
  const pointers = [x, filter, y].map((tensor) => module.pointer(tensor)) as [Pointer, Pointer, Pointer];
  if (suitsWinograd(convolution)) convolveWinograd(module, pointers, convolution);
  else convolveDirectly(module, pointers, convolution);
  return y;
}

function convolveDirectly(module: KernelModule, [x, filter, y]: Pointer[], convolution: Convolution): void {
  const { kernel, channelsIn, channelsOut } = convolution;
  const length = sizeOf(kernel) * channelsIn;
  module.withScratch(packedBytes(kernel, channelsIn, channelsOut), (weights) => {
    module.run(
      runsOf(Math.ceil(channelsOut / 8), callsFor(module)).map((blocks): KernelCall => [
        "packFilter",
        ...[filter, length, channelsOut, weights],
        ...blocks,
      ]),
    );
    for (const part of flattenPointwise(convolution)) {
      const to = y + part.skipped * channelsOut * 4;
      convolve(module, x + part.skipped * channelsIn * 4, part, weights, denseTarget(to, part.outputs, channelsOut));
    }
  });
}

/** `Conv3DBackpropInputV2`: the gradient with respect to x. */
export function conv3dInputGradient(
  module: KernelModule,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  xShape: readonly number[],
  attributes: ConvolutionAttributes,
) {
  const convolution = describeConvolution(xShape, filter.shape, attributes);
  const silent = [0, 1, 2].some((axis) => axisPhases(convolution, axis).some(({ count }) => count === 0));
  const dx = silent ? module.zeros(xShape) : module.output(xShape);
  const pointers = [dy, filter, dx].map((tensor) => module.pointer(tensor)) as [Pointer, Pointer, Pointer];
  if (suitsWinograd(convolution)) convolveWinograd(module, pointers, convolution, { reversed: true });
  else for (const part of flattenPointwise(convolution)) convolvePhases(module, pointers, part);
  return dx;
}

/**
 * Positions of x that are equal modulo the stride read the same taps, so each such phase is a convolution of dy with
 * those taps reversed.
 */
function convolvePhases(
  module: KernelModule,
  [dy, filter, dx]: Pointer[],
  forward: Convolution & { skipped: number },
): void {
  const { batch, extents, strides, kernel, channelsIn, channelsOut, skipped } = forward;
  const phases = [0, 1, 2].map((axis) => axisPhases(forward, axis));
  const whole = denseTarget(dx + skipped * channelsIn * 4, extents, channelsIn);
  for (const d of phases[0]) {
    for (const h of phases[1]) {
      for (const w of phases[2]) {
        const counts: Triple = [d.count, h.count, w.count];
        const outputs: Triple = [d.outputs, h.outputs, w.outputs];
        if (counts.includes(0) || outputs.includes(0)) continue;
        module.withScratch(packedBytes(counts, channelsOut, channelsIn), (weights) => {
          module.run(
            runsOf(Math.ceil(channelsIn / 8), callsFor(module)).map((blocks): KernelCall => [
              "packFilterReversed",
              ...[filter, kernel[1], kernel[2], channelsIn, channelsOut, weights],
              ...[d.firstTap, h.firstTap, w.firstTap],
              ...strides,
              ...counts,
              ...blocks,
            ]),
          );
          const walk: Walk = {
            batch,
            extents: forward.outputs,
            channelsIn: channelsOut,
            outputs,
            kernel: counts,
            strides: [1, 1, 1],
            before: [d.before, h.before, w.before],
          };
          convolve(module, dy + skipped * channelsOut * 4, walk, weights, {
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
}

/** For each position of x modulo the stride: which taps reach it, and from where in dy. */
function axisPhases(walk: Walk, axis: number) {
  const [extent, kernel, stride, before] = [walk.extents, walk.kernel, walk.strides, walk.before].map((of) => of[axis]);
  return Array.from({ length: Math.min(stride, extent) }, (_, phase) => {
    const firstTap = (((phase + before) % stride) + stride) % stride; // before may be negative
    const count = firstTap < kernel ? Math.ceil((kernel - firstTap) / stride) : 0;
    const outputs = Math.ceil((extent - phase) / stride); // positions of x in this phase
    return { phase, firstTap, count, outputs, before: count - 1 - Math.floor((phase + before) / stride) };
  });
}

/** Registers both over tfjs's. */
export function registerConv3d(module: KernelModule): void {
  defineKernel("wasm", conv3dKernel, ({ x, filter }, attributes) => conv3d(module, x, filter, attributes));
  defineKernel("wasm", conv3dInputGradientKernel, ({ dy, filter }, { inputShape, ...attributes }) => {
    return conv3dInputGradient(module, dy, filter, inputShape, attributes);
  });
}
