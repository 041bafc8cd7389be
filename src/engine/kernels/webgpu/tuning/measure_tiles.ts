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

/** The fastest tile for each width, by `time`, in a volume of `extent` voxels along each axis. */
export async function fastestTiles(
  time: Timer,
  { limits, extent }: { limits: WorkgroupLimits; extent: number },
): Promise<TunedTiles> {
  const fastest = new Map<number, HaloTile>();
  for (const width of widths) {
    const shape = [1, extent, extent, extent, width];
    const convolution = describeConvolution(shape, [3, 3, 3, width, width], { strides: 1, pad: "same" });
    let least = Infinity;
    for (const tile of haloTiles) {
      const plan = planHalo(tile, convolution.kernel, [width, width], limits);
      if (!plan) continue;
      const took = await time(convolution, plan);
      if (took >= least) continue;
      least = took;
      fastest.set(plan.columns, tile);
    }
  }
  return fastest;
}

/** Launches in a row: a wait takes 10 ms by itself (see docs/engines.md). */
const launches = 20;

/** Rows, of which the fastest counts. */
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
      return performance.now() - start;
    };
    await inARow(1); // compiles
    let least = Infinity;
    for (let row = 0; row < rows; row++) least = Math.min(least, await inARow(launches));
    if (!backend.works) await backend.read(source.dataId); // throws: what the device refuses takes no time
    backend.free(source, weights);
    return least / launches;
  };
}
