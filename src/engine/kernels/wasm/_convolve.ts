/**
 * Direct convolutions, cut into calls that threads can share: how the input is walked, and where the results go. See
 * `assembly/_planes.ts` and `assembly/conv3d.ts`.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import type { Triple } from "../../../core/triple.ts";
import type { Convolution } from "../convolution.ts";
import type { KernelCall } from "./_call_queue.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** How the input of a convolution is walked. */
export type Walk = Omit<Convolution, "channelsOut">;

/** A walk as the kernels read it. */
export interface WalkWords {
  /** The 18 int32 of `Walk` in `assembly/_planes.ts`. */
  readonly words: readonly number[];
  /** Scratch memory that each call wants, a multiple of 64 bytes. */
  readonly workBytes: number;
}

/** Bytes of {@linkcode WalkWords.words}, rounded up. */
export const WALK_BYTES = 128;

/** The extents of padded planes, and the memory for a ring of them; planes that need no padding are read in place. */
export function describeWalk({ extents, channelsIn, outputs, kernel, strides, before }: Walk): WalkWords {
  const height = (outputs[1] - 1) * strides[1] + kernel[1];
  const width = (outputs[2] - 1) * strides[2] + kernel[2];
  const direct = before[1] === 0 && before[2] === 0 && height <= extents[1] && width <= extents[2];
  const padded = direct ? [0, 0] : [height, width];
  const ringBytes = padded[0] * padded[1] * channelsIn * kernel[0] * 4;
  return {
    words: [...extents, channelsIn, ...outputs, ...kernel, ...strides, ...before, ...padded],
    workBytes: Math.ceil((ringBytes + (kernel[1] + 1) * kernel[0] * 4) / 64) * 64,
  };
}

/** `count` things in runs of about count / `parts`, rounded up: where each begins, and how many it has. */
export function runsOf(count: number, parts: number): [start: number, length: number][] {
  const length = Math.max(1, Math.ceil(count / Math.max(1, Math.ceil(parts))));
  return Array.from(
    { length: Math.ceil(count / length) },
    (_, i) => [i * length, Math.min(length, count - i * length)],
  );
}

/** Scratch memory that the calls of one op may take together, unless a single one takes more. */
export const MOST_SCRATCH = 2 ** 25;

/** Calls that work is cut into: a few a thread, so that one that was held up does not keep the others waiting long. */
export function callsFor(module: KernelModule): number {
  return module.threads === 1 ? 1 : module.threads * 4;
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
  const { words, workBytes } = describeWalk(walk);
  const most = Math.max(1, Math.floor(MOST_SCRATCH / workBytes));
  const planes = runsOf(walk.batch * walk.outputs[0], Math.min(most, callsFor(module)));
  const blocks = Math.ceil(target.channels / 8);
  const blockBytes = packedBytes(walk.kernel, walk.channelsIn, 8);
  const parts = planes.flatMap((planes) =>
    runsOf(blocks, Math.min(most, module.threads) / planes.length).map((blocks) => ({ planes, blocks }))
  );
  module.withScratch(WALK_BYTES + parts.length * workBytes, (scratch) => {
    module.words(scratch, words.length).set(words);
    module.run(parts.map(({ planes, blocks: [block, count] }, i): KernelCall => [
      "convolvePlanes",
      ...[scratch, x, weights + block * blockBytes, target.address + block * 32],
      Math.min(count * 8, target.channels - block * 8),
      ...[target.sample, target.plane, target.row, target.column],
      ...planes,
      scratch + WALK_BYTES + i * workBytes,
    ]));
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
export function packedBytes(kernel: Triple, channelsIn: number, channelsOut: number): number {
  return Math.ceil(channelsOut / 8) * sizeOf(kernel) * channelsIn * 32;
}

/** Voxels of a row of {@linkcode flattenPointwise}. */
const rowVoxels = 128;

/**
 * A 1x1x1 convolution with stride 1 knows no space: as planes of one row of {@linkcode rowVoxels} voxels, and what is
 * left over, `skipped` voxels further on. Any other convolution as it is.
 */
export function flattenPointwise<W extends Walk>(walk: W): (W & { skipped: number })[] {
  const isOne = (extents: Triple) => extents.every((extent) => extent === 1);
  if (!isOne(walk.kernel) || !isOne(walk.strides)) return [{ ...walk, skipped: 0 }];
  const voxels = walk.batch * sizeOf(walk.extents);
  const rows = Math.floor(voxels / rowVoxels);
  const whole: Triple = [rows, 1, rowVoxels];
  const rest: Triple = [1, 1, voxels - rows * rowVoxels];
  return [
    { ...walk, batch: 1, extents: whole, outputs: whole, skipped: 0 },
    { ...walk, batch: 1, extents: rest, outputs: rest, skipped: rows * rowVoxels },
  ].filter(({ outputs }) => outputs[0] > 0 && outputs[2] > 0);
}
