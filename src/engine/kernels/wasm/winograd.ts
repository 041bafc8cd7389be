/**
 * Convolutions by Winograd's F(4x4, 3x3), cut into calls that threads can share; see `assembly/winograd.ts`.
 *
 * @module
 */

import type { Convolution } from "../convolution.ts";
import type { KernelCall } from "./_call_queue.ts";
import { callsFor, runsOf } from "./_convolve.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** Outputs of a tile along height and width. */
export const OUTPUTS = 4;
/** Points of a tile: what its inputs become, one product each. */
export const POINTS = 36;
/** Bytes of scratch memory that the transforms of a filter and of its gradient want. */
export const FILTER_WORK = 320;

/**
 * Memory for the points of a block's input and output, each. Together they fit the second-level cache of today's
 * processors (1 MiB and more), whose speed they then have.
 */
const [inputBytes, outputBytes] = [448 * 1024, 256 * 1024];
/** Depth of the deepest kernel: a block's table has room for so many addresses. */
const deepestKernel = 16;
/** With fewer tiles, the transform of the filter takes longer than is won. */
const fewestTiles = 8;
/** Tiles of a block's plane: with fewer, weights are read too often for what is computed from them. */
const blockTiles = 16;

/**
 * Whether a convolution and its gradients go by Winograd: kernels [any, 3, 3], stride 1, "same" padding, channels that
 * are multiples of 4, tiles that are at least half full on average (then the products are half of the definition's,
 * which pays for the transforms), and enough of them to pay for the transform of the filter.
 */
export function suitsWinograd(convolution: Convolution): boolean {
  const { batch, extents, outputs, kernel, strides, before, channelsIn, channelsOut } = convolution;
  const [depth, height, width] = extents;
  const tiles = Math.ceil(height / OUTPUTS) * Math.ceil(width / OUTPUTS);
  const fits = kernel[0] <= deepestKernel && kernel[1] === 3 && kernel[2] === 3 && before[1] === 1 && before[2] === 1 &&
    strides.every((stride) => stride === 1) && outputs.every((extent, axis) => extent === extents[axis]) &&
    channelsIn % 4 === 0 && channelsOut % 4 === 0;
  return fits && batch * depth * tiles >= fewestTiles && height * width * 2 >= tiles * OUTPUTS ** 2;
}

/**
 * Bytes between the matrices of two points, of `rows` x `channels` floats; the same as `pointStepOf` in the kernels.
 */
export function pointStepOf(rows: number, channels: number): number {
  return Math.floor((rows * channels * 4 + 127) / 64) * 64;
}

/** `value`, or the limit that it passes; `low` wins. */
export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** y from x, or, `reversed`, dx from dy: the pointers are those of the input, the filter and the result. */
export function convolveWinograd(
  module: KernelModule,
  [x, filter, y]: readonly [Pointer, Pointer, Pointer],
  convolution: Convolution,
  { reversed = false }: { reversed?: boolean } = {},
): void {
  const { batch, extents: [depth, height, width], kernel: [kernelDepth], before: [ahead] } = convolution;
  const channels = [convolution.channelsIn, convolution.channelsOut];
  const [channelsIn, channelsOut] = reversed ? channels.toReversed() : channels;
  const before = reversed ? kernelDepth - 1 - ahead : ahead;
  const tiles = Math.ceil(width / OUTPUTS);
  const allTileRows = Math.ceil(height / OUTPUTS);
  const tileRows = Math.min(allTileRows, Math.ceil(blockTiles / tiles));
  const rows = tileRows * tiles;
  // The blocks depend on the shape alone, never on the threads.
  const fit = (bytes: number, channels: number) => Math.floor(bytes / (POINTS * 4 * channels * rows));
  const most = clamp(fit(inputBytes, channelsIn) - kernelDepth + 1, Math.min(2, depth), depth);
  const planes = Math.ceil(depth / Math.ceil(depth / most));
  const planesAtOnce = clamp(fit(outputBytes, channelsOut), 1, planes);
  const blocks = batch * Math.ceil(depth / planes) * Math.ceil(allTileRows / tileRows);
  const productWork = 16 + planesAtOnce * rows * kernelDepth * channelsIn;
  const workBytes = POINTS * pointStepOf((planes + kernelDepth - 1) * rows, channelsIn) +
    POINTS * pointStepOf(planesAtOnce * rows, channelsOut) +
    4 * Math.max(inputWork(width, channelsIn), outputWork(width, channelsOut), productWork);
  const calls = runsOf(blocks, callsFor(module));
  const filterStep = pointStepOf(kernelDepth * channelsIn, Math.ceil(channelsOut / 8) * 8);
  module.withScratch(POINTS * filterStep + calls.length * workBytes, (points) => {
    const work = points + POINTS * filterStep;
    transformFilter(module, filter, { kernelDepth, channelsIn, channelsOut, reversed, points, filterStep });
    module.run(calls.map((blocks, i): KernelCall => [
      "winogradConvolve",
      ...[x, depth, height, width, channelsIn, channelsOut, kernelDepth, before, points, filterStep, y],
      ...[planes, planesAtOnce, tileRows],
      ...blocks,
      work + i * workBytes,
    ]));
  });
}

/** Floats of scratch memory that the transform of an input wants, a multiple of 16. */
export function inputWork(width: number, channels: number): number {
  const tiles = Math.ceil(width / OUTPUTS);
  return Math.ceil((6 * (OUTPUTS * tiles + 2) + width) * channels / 16) * 16;
}

/** Floats of scratch memory that the transforms of an output and of its gradient want, a multiple of 16. */
export function outputWork(width: number, channels: number): number {
  const tiles = Math.ceil(width / OUTPUTS);
  return Math.ceil((6 * OUTPUTS * tiles + width) * channels / 16) * 16;
}

function transformFilter(
  module: KernelModule,
  filter: Pointer,
  { kernelDepth, channelsIn, channelsOut, reversed, points, filterStep }: {
    kernelDepth: number;
    channelsIn: number;
    channelsOut: number;
    reversed: boolean;
    points: Pointer;
    filterStep: number;
  },
): void {
  const tapBytes = channelsIn * channelsOut * 4;
  const tapSteps = [9 * tapBytes, 3 * tapBytes, tapBytes];
  const steps = reversed
    ? [...tapSteps.map((step) => -step), 4, channelsIn * 4] // turned around, its channels exchanged
    : [...tapSteps, channelsOut * 4, 4];
  const first = reversed ? filter + (kernelDepth * 9 - 1) * tapBytes : filter;
  const parts = runsOf(Math.ceil(channelsOut / 8), callsFor(module));
  module.withScratch(parts.length * FILTER_WORK, (work) =>
    module.run(parts.map((blocks, i): KernelCall => [
      "winogradFilter",
      ...[first, kernelDepth, ...steps, channelsIn, channelsOut, points, filterStep],
      ...blocks,
      work + i * FILTER_WORK,
    ])));
}
