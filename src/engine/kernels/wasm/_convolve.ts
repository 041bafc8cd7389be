/**
 * The loop over planes that convolutions share: zero-padded planes of the input in a small ring, and a table of where
 * each tap begins.
 *
 * @module
 */

import type { KernelModule, Pointer } from "./module.ts";

/** Values along depth, height and width. */
export type Triple = readonly [number, number, number];

/** How the input of a convolution is walked. */
export interface Walk {
  readonly batch: number;
  /** Extents of the input, and its channels. */
  readonly extents: Triple;
  readonly channels: number;
  /** Extents of the output. */
  readonly outputs: Triple;
  /** Taps along each axis. */
  readonly kernel: Triple;
  readonly strides: Triple;
  /** Zeros before the input along each axis; below 0, input that is skipped. */
  readonly before: Triple;
}

/** One plane of the output, ready to be computed. */
export interface PlaneStep {
  readonly sample: number;
  readonly depth: number;
  /** Address of the table: what output voxel (0, 0) reads, for each valid kernel depth and every kernel height. */
  readonly taps: Pointer;
  readonly tapCount: number;
  /** The first kernel depth that lies inside the volume. */
  readonly firstKernelDepth: number;
  /** Bytes from one output row, and one output column, to the next in the padded input. */
  readonly xRow: number;
  readonly xColumn: number;
}

/** Calls `step` for every plane of the output, in order. */
export function walkPlanes(module: KernelModule, x: Pointer, walk: Walk, step: (plane: PlaneStep) => void): void {
  const { batch, extents, channels, outputs, kernel, strides, before } = walk;
  const voxelBytes = channels * 4;
  const height = (outputs[1] - 1) * strides[1] + kernel[1];
  const width = (outputs[2] - 1) * strides[2] + kernel[2];
  const direct = before[1] === 0 && before[2] === 0 && height <= extents[1] && width <= extents[2];
  const planeBytes = extents[1] * extents[2] * voxelBytes;
  const paddedRow = (direct ? extents[2] : width) * voxelBytes;
  const paddedBytes = direct ? 0 : height * paddedRow;
  const tableBytes = kernel[0] * kernel[1] * 4;
  module.withScratch(paddedBytes * kernel[0] + tableBytes, (ring) => {
    const taps = ring + paddedBytes * kernel[0];
    module.words(ring, paddedBytes * kernel[0] / 4).fill(0); // the frames; planes only ever cover their middle
    for (let sample = 0; sample < batch; sample++) {
      const held = new Array<number>(kernel[0]).fill(-1); // the input plane in each slot of the ring
      for (let depth = 0; depth < outputs[0]; depth++) {
        const top = depth * strides[0] - before[0];
        const first = Math.min(kernel[0], Math.max(0, -top));
        const end = Math.max(first, Math.min(kernel[0], extents[0] - top));
        let count = 0;
        for (let tap = first; tap < end; tap++) {
          const plane = top + tap;
          const source = x + (sample * extents[0] + plane) * planeBytes;
          const slot = plane % kernel[0];
          const at = direct ? source : ring + slot * paddedBytes;
          if (!direct && held[slot] !== plane) {
            module.call.padPlane(
              source,
              extents[1],
              extents[2],
              voxelBytes,
              at,
              height,
              width,
              before[1],
              before[2],
            );
            held[slot] = plane;
          }
          const table = module.words(taps, kernel[0] * kernel[1]);
          for (let row = 0; row < kernel[1]; row++) table[count++] = at + row * paddedRow;
        }
        step({
          sample,
          depth,
          taps,
          tapCount: count,
          firstKernelDepth: first,
          xRow: strides[1] * paddedRow,
          xColumn: strides[2] * voxelBytes,
        });
      }
    }
  });
}

/** Where the results of {@linkcode convolve} go, in bytes. */
export interface Target {
  readonly address: Pointer;
  readonly channels: number;
  readonly sample: number;
  readonly plane: number;
  readonly row: number;
  readonly column: number;
}

/** Convolves with packed weights, [ceil(channels / 8)][kernel][input channels][8], into `target`. */
export function convolve(module: KernelModule, x: Pointer, walk: Walk, weights: Pointer, target: Target): void {
  const run = walk.kernel[2] * walk.channels;
  const tapBytes = run * 32;
  walkPlanes(module, x, walk, ({ sample, depth, taps, tapCount, firstKernelDepth, xRow, xColumn }) => {
    module.call.convolvePlane(
      taps,
      tapCount,
      run,
      weights + firstKernelDepth * walk.kernel[1] * tapBytes,
      walk.kernel[0] * walk.kernel[1] * tapBytes,
      target.address + sample * target.sample + depth * target.plane,
      walk.outputs[1],
      walk.outputs[2],
      target.channels,
      xRow,
      xColumn,
      target.row,
      target.column,
    );
  });
}

/** The strides in bytes of a dense channels-last tensor. */
export function denseTarget(address: Pointer, [depth, height, width]: Triple, channels: number): Target {
  const column = channels * 4;
  const row = width * column;
  const plane = height * row;
  return { address, channels, column, row, plane, sample: depth * plane };
}

/** Bytes of packed weights. */
export function packedBytes(taps: number, channelsIn: number, channelsOut: number): number {
  return Math.ceil(channelsOut / 8) * taps * channelsIn * 32;
}
