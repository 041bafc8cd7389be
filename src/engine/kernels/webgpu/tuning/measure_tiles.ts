/**
 * Measures which tile of the table is fastest on a card.
 *
 * @module
 */

import { type Convolution, describeConvolution } from "../../convolution.ts";
import type { WebgpuBackend } from "../backend.ts";
import { convolveByHalo } from "../conv3d.ts";
import { type HaloPlan, type HaloTile, haloTiles, planHalo, type WorkgroupLimits } from "../halo_tiles.ts";
import type { TunedTiles } from "./tuned_tiles.ts";

/** Channels whose workgroups have as many columns. */
const widths = [8, 16, 32, 64];

/** Milliseconds of a convolution by a plan. */
export type Timer = (convolution: Convolution, plan: HaloPlan) => Promise<number>;

/** The tile that was fastest for a width of channels. */
export interface TunedWidth {
  readonly channels: number;
  readonly tile: HaloTile;
  /** Of a 3x3x3 convolution. */
  readonly milliseconds: number;
  /** Tiles of the table that fit. */
  readonly tried: number;
}

/** Options of {@linkcode fastestTiles}. */
export interface FastestTilesOptions {
  readonly limits: WorkgroupLimits;
  /** Voxels of the volume along each axis. */
  readonly extent: number;
  /** Told of each width as soon as it is known: a slow card takes minutes. @default nobody is */
  readonly onWidth?: (width: TunedWidth) => void;
}

/** The fastest tile for each width of channels, by `time`; a width for which none fits is left to the rule. */
export async function fastestTiles(time: Timer, options: FastestTilesOptions): Promise<TunedTiles> {
  const { limits, extent, onWidth = () => {} } = options;
  const fastest = new Map<number, HaloTile>();
  for (const channels of widths) {
    const shape = [1, extent, extent, extent, channels];
    const convolution = describeConvolution(shape, [3, 3, 3, channels, channels], { strides: 1, pad: "same" });
    const plans = haloTiles.flatMap((tile) => planHalo(tile, convolution.kernel, [channels, channels], limits) ?? []);
    let best: Omit<TunedWidth, "tried"> | undefined;
    for (const plan of plans) {
      const milliseconds = await time(convolution, plan);
      if (best && milliseconds >= best.milliseconds) continue;
      const { block, rowsPerThread } = plan;
      best = { channels, tile: { block, rowsPerThread }, milliseconds };
      fastest.set(plan.columns, best.tile);
    }
    if (best) onWidth({ ...best, tried: plans.length });
  }
  return fastest;
}

/** A row of launches should take this long to say something: to wait for a card takes 10 ms (see docs/engines.md). */
const longEnough = 50;

/** Launches in a row, at most. */
const mostLaunches = 64;

/** Rows, of which the fastest counts; of launches each of which takes long enough, one. */
const rows = 3;

/** Times launches on a backend, whose device must have nothing else to do. @throws {UserError} if the device fails. */
export function timerOn(backend: WebgpuBackend): Timer {
  return async (convolution, plan) => {
    const { batch, extents, channelsIn, channelsOut, kernel } = convolution;
    const shape = [batch, ...extents, channelsOut];
    const source = backend.output([batch, ...extents, channelsIn]); // whatever lies there: zeros on a new buffer
    const weights = backend.output([...kernel, channelsIn, channelsOut]);
    const inARow = async (count: number) => {
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        backend.free(convolveByHalo(backend, { source, weights }, convolution, { backward: false, shape, plan }));
      }
      backend.endComputePassEncoder();
      backend.submitQueue();
      await backend.queue.onSubmittedWorkDone();
      return (performance.now() - start) / count;
    };
    await inARow(1); // compiles
    let least = await inARow(1);
    if (least < longEnough) {
      const launches = Math.min(mostLaunches, Math.ceil(2 * longEnough / least));
      least = Infinity;
      for (let row = 0; row < rows; row++) least = Math.min(least, await inARow(launches));
    }
    if (!backend.works) await backend.read(source.dataId); // throws: what the device refuses takes no time
    backend.free(source, weights);
    return least;
  };
}
