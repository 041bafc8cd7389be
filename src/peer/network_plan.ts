/**
 * Chooses the patch and the pooling of the network from the data's shape and spacing: the patch is the median volume,
 * its longest axes shortened until it fits a budget.
 *
 * @module
 */
import type { Vec3 } from "../data/volume.ts";
import { planPool } from "../model/config.ts";

/** What {@linkcode planNetwork} decides; both are in tensor order z, y, x. */
export interface NetworkPlan {
  patch: Vec3;
  /** One pooling window for each transition to a coarser level. */
  pool: readonly Vec3[];
}

/** What {@linkcode planNetwork} decides from. */
export interface NetworkPlanOptions {
  /** Median shape of the prepared volumes, voxels, z, y, x. */
  shape: Vec3;
  /** Spacing of the prepared volumes, mm, z, y, x. */
  spacing: Vec3;
  /** Levels of the network, the finest included. */
  levels: number;
  /**
   * Upper bound of the patch, in voxels.
   * @default {32768}
   */
  patchVoxels?: number;
}

/**
 * Plans patch and pooling: the patch is a multiple of the poolings' product on each axis and within the voxel budget.
 *
 * @throws {RangeError} if a shape or spacing is not positive.
 */
export function planNetwork(options: NetworkPlanOptions): NetworkPlan {
  const { shape, spacing, levels, patchVoxels = 32 ** 3 } = options;
  for (const value of [...shape, ...spacing, levels]) {
    if (!(value > 0)) {
      throw new RangeError(`planning a network: shapes, spacings and levels are positive, got ${value}`);
    }
  }
  const extent = [...shape] as number[];
  const volume = () => extent.reduce((product, voxels) => product * voxels, 1);
  while (volume() > patchVoxels) {
    const longest = extent.indexOf(Math.max(...extent));
    extent[longest] -= 1;
  }
  const patch = extent.map((voxels) => {
    const multiple = 2 ** Math.min(levels - 1, Math.floor(Math.log2(voxels)));
    return Math.floor(voxels / multiple) * multiple;
  }) as unknown as Vec3;
  return { patch, pool: planPool(patch, { levels, spacing }) };
}
