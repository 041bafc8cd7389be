/**
 * The tiles by which convolutions with steps of 1 are cut for workgroups. A workgroup computes a block of voxels; what
 * the block's taps reach of the source, the block and its halo, is copied to the workgroup's memory once, four or eight
 * channels at a time, and read from there by every tap. A product of matrices (`conv3d_program.ts`) fetches it anew for
 * each tap, 27 times for a kernel of 3 x 3 x 3.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { perAxis, type Triple } from "../../../core/triple.ts";
import type { Convolution } from "../convolution.ts";
import { enoughJobs, tileColumns } from "./convolution.ts";

/** How a workgroup computes a block of voxels for some of the channels that are written. */
export interface HaloTile {
  /** Voxels along depth, height and width; powers of two. */
  readonly block: Triple;
  /** Voxels that a thread holds in registers, four channels of each. */
  readonly rowsPerThread: number;
}

/** The table; the first of those that cost the same is taken. Tuning chooses from it, too. */
export const haloTiles: readonly HaloTile[] = Object.freeze([
  { block: [4, 8, 8], rowsPerThread: 8 },
  { block: [4, 8, 8], rowsPerThread: 16 },
  { block: [4, 4, 8], rowsPerThread: 8 },
  { block: [4, 4, 8], rowsPerThread: 4 },
  { block: [2, 4, 8], rowsPerThread: 4 },
  { block: [2, 4, 4], rowsPerThread: 4 },
  { block: [2, 4, 4], rowsPerThread: 2 },
]);

/** What a card gives a workgroup. */
export interface WorkgroupLimits {
  /** Bytes of memory. */
  readonly memory: number;
  readonly threads: number;
}

/** What every card of WebGPU gives at least (https://www.w3.org/TR/webgpu/#limits). */
export const leastLimits: WorkgroupLimits = Object.freeze({ memory: 16_384, threads: 256 });

/** Threads of a workgroup, at most: more wait for each other longer at every barrier. */
const mostThreads = 256;

/** Taps of a kernel, at most: a filter's gradient has a thread for each. */
const mostTaps = 27;

/** A tile with all that follows from it for a kernel and `width` channels that are written. */
export interface HaloPlan extends HaloTile {
  readonly columns: 8 | 16 | 32 | 64;
  /** Quadruples of channels that are in the workgroup's memory together. */
  readonly quads: 1 | 2;
  readonly threads: number;
  /** The block's extents with its halo. */
  readonly extents: Triple;
}

/** Whether blocks with halos fit a convolution: more than one tap, steps of 1, quadruples of channels on both sides. */
export function hasHalo({ kernel, strides, channelsIn, channelsOut }: Convolution): boolean {
  const taps = sizeOf(kernel);
  return taps > 1 && taps <= mostTaps && strides.every((stride) => stride === 1) && channelsIn % 4 === 0 &&
    channelsOut % 4 === 0;
}

/** The extents of a block with its halo. */
export function withHalo(block: Triple, kernel: Triple): Triple {
  return perAxis((axis) => block[axis] + kernel[axis] - 1);
}

/** Bytes of four float32 values. */
const quadBytes = 16;

/** The plan by `tile` for `channels` read and `width` written; undefined where it exceeds the limits. */
export function planHalo(
  tile: HaloTile,
  kernel: Triple,
  [channels, width]: readonly [number, number],
  limits: WorkgroupLimits = leastLimits,
): HaloPlan | undefined {
  const columns = tileColumns(width);
  const across = columns / 4;
  const down = sizeOf(tile.block) / tile.rowsPerThread;
  const threads = across * down;
  if (threads > Math.min(limits.threads, mostThreads) || threads < 16) return undefined;
  const extents = withHalo(tile.block, kernel);
  const weights = kernel[1] * kernel[2] * columns * quadBytes; // a plane of taps, four channels
  const memoryOf = (quads: number) => quads * sizeOf(extents) * quadBytes + weights;
  const quads = channels % 8 === 0 && memoryOf(2) <= limits.memory ? 2 : 1;
  if (memoryOf(quads) > limits.memory) return undefined;
  return { ...tile, columns, quads, threads, extents };
}

/** Blocks along each axis of a volume. */
export function blocksOf(extents: Triple, block: Triple): Triple {
  return perAxis((axis) => Math.ceil(extents[axis] / block[axis]));
}

/** Slabs of channels that are added up in a share of a sum, at least. */
const leastSlabs = 4;

/**
 * How workgroups share a convolution by a plan: jobs; shares of the sum over the channels that
 * are read, several where there are too few blocks to occupy a card, each of so many quadruples; and the bytes that all
 * ask of the card's memory and write to it, at most.
 */
export function haloLaunch(convolution: Convolution, backward: boolean, plan: HaloPlan) {
  const { batch, extents, outputs, kernel, channelsIn, channelsOut } = convolution;
  const [channels, width, written] = backward ? [channelsOut, channelsIn, extents] : [channelsIn, channelsOut, outputs];
  const blocks = blocksOf(written, plan.block);
  const jobs = batch * sizeOf(blocks) * Math.ceil(width / plan.columns);
  const slabs = channels / 4 / plan.quads;
  const wanted = Math.max(1, Math.min(Math.floor(enoughJobs / jobs), Math.floor(slabs / leastSlabs)));
  const quadsAtOnce = Math.ceil(slabs / wanted) * plan.quads;
  const shares = Math.ceil(channels / 4 / quadsAtOnce);
  const fetched = jobs * channels * (sizeOf(plan.extents) + sizeOf(kernel) * plan.columns);
  const bytes = 4 * (fetched + (shares === 1 ? 1 : 2 * shares + 1) * batch * sizeOf(written) * width);
  return { jobs: jobs * shares, shares, quadsAtOnce, bytes };
}

/** Bytes that a large card moves in the time of an operation: 4.8 TB/s and 67 TFLOP/s (NVIDIA's data sheet H200). */
const balance = 0.07;

/**
 * What a plan costs in operations, to be compared with others' of the same convolution: those of all workgroups, also
 * of those that a card lacks to be occupied, more for each read of workgroup memory, and those in the time of the bytes.
 */
function costOf(convolution: Convolution, backward: boolean, plan: HaloPlan): number {
  const { kernel, channelsIn, channelsOut } = convolution;
  const { jobs, shares, bytes } = haloLaunch(convolution, backward, plan);
  const channels = (backward ? channelsOut : channelsIn) / shares;
  const operations = 2 * Math.max(jobs, enoughJobs) * sizeOf(plan.block) * plan.columns * sizeOf(kernel) * channels;
  const reads = (plan.rowsPerThread + 4) / (16 * plan.rowsPerThread); // of workgroup memory for each multiplication
  return operations * (1 + 4 * reads) + bytes / balance;
}

/**
 * The plan for a convolution's result or, `backward`, its gradient with respect to x; undefined where none fits.
 *
 * @param options.tuned the tile that is fastest on the card, by columns
 */
export function chooseHalo(
  convolution: Convolution,
  backward: boolean,
  { limits = leastLimits, tuned }: { limits?: WorkgroupLimits; tuned?: ReadonlyMap<number, HaloTile> } = {},
): HaloPlan | undefined {
  if (!hasHalo(convolution)) return undefined;
  const { kernel, channelsIn, channelsOut } = convolution;
  const channels = backward ? [channelsOut, channelsIn] as const : [channelsIn, channelsOut] as const;
  // what was measured on the card counts where there is enough to occupy it, as there was then
  const measured = tuned?.get(tileColumns(channels[1]));
  const plan = measured && planHalo(measured, kernel, channels, limits);
  if (plan && haloLaunch(convolution, backward, plan).jobs >= enoughJobs) return plan;
  let best: { plan: HaloPlan; cost: number } | undefined;
  for (const tile of haloTiles) {
    const plan = planHalo(tile, kernel, channels, limits);
    if (!plan) continue;
    const cost = costOf(convolution, backward, plan);
    if (!best || cost < best.cost) best = { plan, cost };
  }
  return best?.plan;
}

/** WGSL: the place of a row of the block in the block with its halo; only for numbers known here. */
export function placeInHalo(row: number, block: Triple, extents: Triple): number {
  const [w, h, d] = [row % block[2], Math.floor(row / block[2]) % block[1], Math.floor(row / block[2] / block[1])];
  return (d * extents[1] + h) * extents[2] + w;
}
