/**
 * `Conv3DBackpropFilterV2`.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { conv3dFilterGradientKernel, type ConvolutionAttributes } from "../../ops/conv3d.ts";
import { type Convolution, describeConvolution } from "../convolution.ts";
import { defineKernel } from "../define_kernel.ts";
import type { KernelCall } from "./_call_queue.ts";
import { callsFor, describeWalk, flattenPointwise, MOST_SCRATCH, runsOf, WALK_BYTES } from "./_convolve.ts";
import { suitsWinograd } from "./winograd.ts";
import { filterGradientWinograd } from "./_winograd_gradient.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** Parts that a gradient is summed in. They depend on the shape alone, so that the result does not on the threads. */
const mostParts = 16;

/** The gradient of a 3D convolution with respect to its filter, which is [depth, height, width, in, out]. */
export function conv3dFilterGradient(
  module: KernelModule,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  filterShape: readonly number[],
  attributes: ConvolutionAttributes,
) {
  const convolution = describeConvolution(x.shape, filterShape, attributes);
  const gradient = module.output(filterShape);
  const pointers = [x, dy, gradient].map((tensor) => module.pointer(tensor)) as [Pointer, Pointer, Pointer];
  if (convolution.channelsOut % 8 === 0 && suitsWinograd(convolution)) {
    filterGradientWinograd(module, pointers, convolution);
  } else sumDirectly(module, pointers, convolution);
  return gradient;
}

/** Every part sums over its own planes; then the parts are added up. */
function sumDirectly(module: KernelModule, [x, dy, to]: Pointer[], convolution: Convolution): void {
  const { kernel, channelsIn, channelsOut } = convolution;
  const channels = Math.ceil(channelsOut / 8) * 8; // what the kernel works on
  const rows = sizeOf(kernel) * channelsIn;
  const partBytes = rows * channels * 4;
  const parts = flattenPointwise(convolution).flatMap((walk) => {
    const { words, workBytes } = describeWalk(walk);
    const wideBytes = channels === channelsOut ? 0 : walk.outputs[1] * walk.outputs[2] * channels * 4;
    const bytes = WALK_BYTES + workBytes + wideBytes;
    const most = Math.max(1, Math.min(mostParts, Math.floor(MOST_SCRATCH / (partBytes + bytes))));
    return runsOf(walk.batch * walk.outputs[0], most).map((planes) => {
      return { words, workBytes, bytes, planes, skipped: walk.skipped };
    });
  });
  const groups = runsOf(channels / 8, mostParts / parts.length); // too few parts: share out the channels, too
  const scratchBytes = parts.reduce((sum, { bytes }) => sum + bytes * groups.length, 0);
  module.withScratch(parts.length * partBytes + scratchBytes, (sums) => {
    let scratch = sums + parts.length * partBytes;
    const calls = parts.flatMap(({ words, workBytes, bytes, planes, skipped }, part) =>
      groups.map(([group, count]): KernelCall => {
        const at = scratch;
        scratch += bytes;
        module.words(at, words.length).set(words);
        return [
          "filterGradientPlanes",
          ...[at, x + skipped * channelsIn * 4, dy + skipped * channelsOut * 4, channelsOut, channels],
          ...[group * 8, count * 8, sums + part * partBytes],
          ...planes,
          ...[at + WALK_BYTES, at + WALK_BYTES + workBytes],
        ];
      })
    );
    module.run(calls);
    module.run(
      runsOf(rows, callsFor(module)).map((some): KernelCall => [
        "sumParts",
        ...[sums, parts.length, partBytes],
        ...some,
        ...[channels, channelsOut, to],
      ]),
    );
  });
}

/** Registers it over tfjs's. */
export function registerConv3dFilterGradient(module: KernelModule): void {
  defineKernel("wasm", conv3dFilterGradientKernel, ({ x, dy }, { filterShape, ...attributes }) => {
    return conv3dFilterGradient(module, x, dy, filterShape, attributes);
  });
}
