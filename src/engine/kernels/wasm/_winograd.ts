/**
 * Convolutions of 3x3x3 kernels, stride 1 and "same" padding by Winograd's F(4x4, 3x3); see `assembly/winograd.ts`.
 *
 * @module
 */

import type { Triple } from "./_convolve.ts";
import type { KernelCall } from "./_call_queue.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** Outputs of a tile along one axis. */
const OUTPUTS = 4;
/** Points of a tile. */
const POINTS = 36;

/** A convolution whose output has the extents of its input. */
export interface SameConvolution {
  readonly batch: number;
  readonly extents: Triple;
  readonly channelsIn: number;
  readonly channelsOut: number;
}

// deno-lint-ignore no-explicit-any
const tune = ((globalThis as any).tune ??= { v: 448, m: 256, rows: 16, split: 2 });

/** y = x convolved with `filter`, [3, 3, 3, in, out], or, `reversed`, dx from dy with a filter [3, 3, 3, out, in]. */
export function convolveWinograd(
  module: KernelModule,
  x: Pointer,
  filter: Pointer,
  y: Pointer,
  { batch, extents: [depth, height, width], channelsIn, channelsOut }: SameConvolution,
  reversed = false,
): void {
  const blocks = Math.ceil(channelsOut / 8);
  const filterStep = blocks * 8 * channelsIn * 3 * 4 + 64;
  const tapBytes = channelsIn * channelsOut * 4;
  const sign = reversed ? -1 : 1;
  const first = filter + (reversed ? 26 * tapBytes : 0);
  const steps = [
    ...[9, 3, 1].map((taps) => sign * taps * tapBytes),
    ...(reversed ? [4, channelsIn * 4] : [channelsOut * 4, 4]),
  ];
  const tiles = Math.ceil(width / OUTPUTS);
  const allTileRows = Math.ceil(height / OUTPUTS);
  const tileRows = Math.min(allTileRows, Math.ceil(tune.rows / tiles));
  const rows = tileRows * tiles;
  const fit = (bytes: number, channels: number) => Math.floor(bytes / (POINTS * 4 * channels * rows));
  const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  let planes = clamp(fit(tune.v * 1024, channelsIn) - 2, Math.min(2, depth), depth);
  planes = Math.ceil(depth / Math.max(tune.split, Math.ceil(depth / planes)));
  const planesAtOnce = clamp(fit(tune.m * 1024, channelsOut), 1, planes);
  const padded = (rows: number, channels: number) => (rows * channels * 4 + 127) & ~63;
  const transformBytes = Math.max(6 * (4 * tiles + 2) * channelsIn + width * channelsIn, 24 * tiles * channelsOut) * 4;
  const workBytes = 64 + POINTS * (padded((planes + 2) * rows, channelsIn) + padded(planesAtOnce * rows, channelsOut)) +
    transformBytes + 64;
  const plan: [number, number, number, number, number][] = [];
  for (let sample = 0; sample < batch; sample++) {
    for (let plane = 0; plane < depth; plane += planes) {
      for (let row = 0; row < allTileRows; row += tileRows) {
        plan.push([sample, plane, Math.min(planes, depth - plane), row, Math.min(tileRows, allTileRows - row)]);
      }
    }
  }
  const group = Math.max(1, Math.ceil(blocks / 8));
  const groups = Math.ceil(blocks / group);
  const lanes = plan.length;
  module.withScratch(POINTS * filterStep + groups * 320 + lanes * workBytes, (u) => {
    const work = u + POINTS * filterStep;
    const transforms: KernelCall[] = [];
    for (let g = 0; g < groups; g++) {
      transforms.push([
        "winogradFilter",
        first,
        ...steps,
        channelsIn,
        channelsOut,
        u,
        filterStep,
        g * group,
        Math.min(group, blocks - g * group),
        work + g * 320,
      ]);
    }
    module.run(transforms);
    const voxels = depth * height * width;
    module.run(plan.map(([sample, plane, planes, row, tileRows], i): KernelCall => [
      "winogradConvolve",
      x + sample * voxels * channelsIn * 4,
      depth,
      height,
      width,
      channelsIn,
      channelsOut,
      u,
      filterStep,
      y + sample * voxels * channelsOut * 4,
      plane,
      planes,
      planesAtOnce,
      row,
      tileRows,
      work + groups * 320 + i * workBytes,
    ]));
  });
}
