/**
 * Convolutions by Winograd's F(4x4, 3x3), cut into calls that threads can share; see `assembly/winograd.ts`.
 *
 * @module
 */

import type { KernelCall } from "./_call_queue.ts";
import { callsFor, runsOf, type Walk } from "./_convolve.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** Outputs of a tile along height and width. */
export const OUTPUTS = 4;
/** Points of a tile: what its inputs become, one product each. */
export const POINTS = 36;

// deno-lint-ignore no-explicit-any
const tune = ((globalThis as any).tune ??= {});
Object.assign(tune, { v: 448, m: 256, rows: 16, split: 1, ...tune });

/**
 * Whether a convolution and its gradients go by Winograd: kernels [any, 3, 3], stride 1, "same" padding, channels that
 * are multiples of 4, and planes whose tiles are at least half full (at 1/2 the products are half of the definition's,
 * which just pays for the transforms).
 */
export function suitsWinograd({ extents, outputs, kernel, strides, before, channels }: Walk, channelsOut: number) {
  const [, height, width] = extents;
  const tiles = Math.ceil(height / OUTPUTS) * Math.ceil(width / OUTPUTS);
  return kernel[0] <= 16 && kernel[1] === 3 && kernel[2] === 3 && before[1] === 1 && before[2] === 1 &&
    strides.every((stride) => stride === 1) && outputs.every((extent, axis) => extent === extents[axis]) &&
    channels % 4 === 0 && channelsOut % 4 === 0 && height * width * 2 >= tiles * OUTPUTS ** 2;
}

/** Bytes between the matrices of two points, of `rows` x `channels` floats; the same as `pointStepOf` in the kernels. */
export function pointStepOf(rows: number, channels: number): number {
  return Math.floor((rows * channels * 4 + 127) / 64) * 64;
}

/** y from x, or, `reversed`, dx from dy: `pointers` are those of the input, the filter and the result. */
export function convolveWinograd(
  module: KernelModule,
  [x, filter, y]: readonly [Pointer, Pointer, Pointer],
  { batch, extents: [depth, height, width], kernel: [kernelDepth], before: [ahead], channels }: Walk,
  filters: number,
  { reversed = false }: { reversed?: boolean } = {},
): void {
  const [channelsIn, channelsOut] = reversed ? [filters, channels] : [channels, filters];
  const before = reversed ? kernelDepth - 1 - ahead : ahead;
  const tiles = Math.ceil(width / OUTPUTS);
  const allTileRows = Math.ceil(height / OUTPUTS);
  const tileRows = Math.min(allTileRows, Math.ceil(tune.rows / tiles));
  const rows = tileRows * tiles;
  const fit = (bytes: number, channels: number) => Math.floor(bytes / (POINTS * 4 * channels * rows));
  const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  let planes = clamp(fit(tune.v * 1024, channelsIn) - kernelDepth + 1, Math.min(2, depth), depth);
  planes = Math.ceil(depth / Math.max(tune.split, Math.ceil(depth / planes)));
  const planesAtOnce = clamp(fit(tune.m * 1024, channelsOut), 1, planes);
  const transformFloats = Math.max(
    6 * (OUTPUTS * tiles + 2) * channelsIn + width * channelsIn,
    24 * tiles * channelsOut,
  );
  const workBytes = 64 + POINTS * pointStepOf((planes + kernelDepth - 1) * rows, channelsIn) +
    POINTS * pointStepOf(planesAtOnce * rows, channelsOut) + Math.ceil(transformFloats / 16) * 64;
  const blocks = Array.from({ length: batch }, (_, sample) => sample).flatMap((sample) =>
    runsOf(depth, Math.ceil(depth / planes)).flatMap((planes) =>
      runsOf(allTileRows, Math.ceil(allTileRows / tileRows)).map((tileRows) => ({ sample, planes, tileRows }))
    )
  );
  const filterStep = pointStepOf(kernelDepth * channelsIn, Math.ceil(channelsOut / 8) * 8);
  const voxels = depth * height * width;
  module.withScratch(POINTS * filterStep + blocks.length * workBytes, (points) => {
    const work = points + POINTS * filterStep;
    transformFilter(module, filter, { kernelDepth, channelsIn, channelsOut, reversed, points, filterStep, work });
    module.run(blocks.map(({ sample, planes, tileRows }, i): KernelCall => [
      "winogradConvolve",
      x + sample * voxels * channelsIn * 4,
      ...[depth, height, width, channelsIn, channelsOut, kernelDepth, before, points, filterStep],
      y + sample * voxels * channelsOut * 4,
      ...[...planes, planesAtOnce, ...tileRows],
      work + i * workBytes,
    ]));
  });
}

function transformFilter(
  module: KernelModule,
  filter: Pointer,
  { kernelDepth, channelsIn, channelsOut, reversed, points, filterStep, work }: {
    kernelDepth: number;
    channelsIn: number;
    channelsOut: number;
    reversed: boolean;
    points: Pointer;
    filterStep: number;
    work: Pointer;
  },
): void {
  const tapBytes = channelsIn * channelsOut * 4;
  const tapSteps = [9 * tapBytes, 3 * tapBytes, tapBytes];
  const steps = reversed
    ? [...tapSteps.map((step) => -step), 4, channelsIn * 4] // turned around, its channels exchanged
    : [...tapSteps, channelsOut * 4, 4];
  const first = reversed ? filter + (kernelDepth * 9 - 1) * tapBytes : filter;
  module.run(
    runsOf(Math.ceil(channelsOut / 8), callsFor(module)).map((blocks, i): KernelCall => [
      "winogradFilter",
      ...[first, kernelDepth, ...steps, channelsIn, channelsOut, points, filterStep],
      ...blocks,
      work + i * 320,
    ]),
  );
}
