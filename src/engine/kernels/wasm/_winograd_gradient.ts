/**
 * The gradient of a Winograd convolution with respect to its filter, cut into calls that threads can share: chunk by
 * chunk of the volume, the points of x and dy, then each point's products over the chunk's tiles; at the end the
 * filter's gradient from those sums. Every sum has one order, whatever the threads. See
 * `assembly/winograd_gradient.ts`.
 *
 * @module
 */

import type { Convolution } from "../convolution.ts";
import type { KernelCall } from "./_call_queue.ts";
import { callsFor, runsOf } from "./_convolve.ts";
import { clamp, FILTER_WORK, inputWork, OUTPUTS, outputWork, POINTS, pointStepOf } from "./winograd.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** Memory for a chunk's points of x and dy, unless a single plane's row of tiles takes more. */
const chunkBytes = 6 * 2 ** 20;
/**
 * Memory that the rows of one strip take, of x and dy: they stay in the first-level cache (32 KiB) while it is summed.
 */
const stripBytes = 24 * 1024;
/** Tiles that are summed in float32 before they are added to memory, at most: that keeps sums short. */
const longestStrip = 256;
/** Points whose products are one call. */
const pointsPerCall = 3;
/** Tiles of a call that transforms. */
const tilesPerCall = 16;

/** A part of one sample. */
interface Chunk {
  readonly sample: number;
  readonly plane: number;
  readonly planes: number;
  readonly tileRow: number;
  readonly tileRows: number;
}

/** The pointers are those of x, dy and the gradient; `channelsOut` must be a multiple of 8. */
export function filterGradientWinograd(
  module: KernelModule,
  [x, dy, to]: readonly [Pointer, Pointer, Pointer],
  { batch, extents: [depth, height, width], kernel: [kernelDepth], before: [before], channelsIn, channelsOut }:
    Convolution,
): void {
  const tiles = Math.ceil(width / OUTPUTS);
  const allTileRows = Math.ceil(height / OUTPUTS);
  const more = kernelDepth - 1; // planes of x that a chunk sees beyond its own
  // as many planes as there are, then as many rows of tiles as fit
  const rowBytes = POINTS * 4 * (channelsIn + channelsOut) * tiles;
  const planes = clamp(Math.floor(chunkBytes / rowBytes) - more, 1, depth);
  const tileRows = clamp(Math.floor(chunkBytes / (rowBytes * (planes + more))), 1, allTileRows);
  const chunks = chunksOf(batch, runsOf(depth, depth / planes), runsOf(allTileRows, allTileRows / tileRows));
  const inputStep = pointStepOf((planes + more) * tileRows * tiles, channelsIn);
  const outputStep = pointStepOf(planes * tileRows * tiles, channelsOut);
  const sumStep = pointStepOf(kernelDepth * channelsIn, channelsOut);
  const strip = clamp(Math.floor(stripBytes / (4 * (channelsIn + channelsOut))), 8, longestStrip);
  const planesPerCall = Math.ceil(tilesPerCall / (tileRows * tiles));
  const workBytes = 4 * Math.max(inputWork(width, channelsIn), outputWork(width, channelsOut));
  const lanes = 2 * Math.ceil((planes + more) / planesPerCall);
  const pointBytes = POINTS * (inputStep + outputStep + sumStep);

  module.withScratch(pointBytes + Math.max(lanes * workBytes, POINTS * FILTER_WORK), (inputs) => {
    const outputs = inputs + POINTS * inputStep;
    const sums = outputs + POINTS * outputStep;
    const work = sums + POINTS * sumStep;

    /** The points of x and dy, some planes a call. */
    function transform({ sample, plane, planes, tileRow, tileRows }: Chunk): KernelCall[] {
      const rows = tileRows * tiles;
      const voxels = height * width;
      const ofX = runsOf(planes + more, (planes + more) / planesPerCall).map(([first, count], i): KernelCall => [
        "winogradInput",
        ...[x + sample * depth * voxels * channelsIn * 4, depth, height, width, channelsIn],
        ...[plane - before + first, count, tileRow, tileRows],
        ...[inputs + first * rows * channelsIn * 4, inputStep, work + i * workBytes],
      ]);
      const ofDy = runsOf(planes, planes / planesPerCall).map(([first, count], i): KernelCall => [
        "winogradOutputGradient",
        ...[dy + (sample * depth + plane + first) * voxels * channelsOut * 4, height, width, channelsOut],
        ...[count, tileRow, tileRows],
        ...[outputs + first * rows * channelsOut * 4, outputStep, work + (ofX.length + i) * workBytes],
      ]);
      return [...ofX, ...ofDy];
    }

    /** Their products, some points a call; `fresh` ones begin at zero. */
    function multiply({ planes, tileRows }: Chunk, fresh: boolean): KernelCall[] {
      const rows = tileRows * tiles;
      return runsOf(POINTS, POINTS / pointsPerCall).map(([point, count]): KernelCall => [
        "winogradProducts",
        ...[inputs + point * inputStep, inputStep, rows * channelsIn * 4],
        ...[outputs + point * outputStep, outputStep],
        ...[planes * rows, strip, kernelDepth, channelsIn, channelsOut],
        ...[sums + point * sumStep, sumStep, count, Number(fresh)],
        work + point * FILTER_WORK,
      ]);
    }

    chunks.forEach((chunk, i) => {
      module.run(transform(chunk));
      module.run(multiply(chunk, i === 0));
    });
    module.run(
      runsOf(kernelDepth * channelsIn, Math.min(POINTS, callsFor(module))).map((rows, i): KernelCall => [
        "winogradFilterGradient",
        ...[sums, sumStep, channelsIn, channelsOut],
        ...rows,
        ...[to, work + i * FILTER_WORK],
      ]),
    );
  });
}

type Runs = readonly [start: number, length: number][];

function chunksOf(batch: number, depths: Runs, heights: Runs): Chunk[] {
  return Array.from(
    { length: batch },
    (_, sample) =>
      depths.flatMap(([plane, planes]) =>
        heights.map(([tileRow, tileRows]) => ({ sample, plane, planes, tileRow, tileRows }))
      ),
  ).flat();
}
