/**
 * Chooses the patch and the pooling of the network from the data's shape and spacing.
 *
 * The rule follows nnU-Net's heuristics (Isensee et al., Nature Methods 2021): pool an axis only while its voxels are
 * not much coarser than the finest axis's, and give the patch the median volume's aspect in voxels under a budget.
 *
 * @module
 */
import type { Vec3 } from "../data/volume.ts";

/** What {@linkcode planNetwork} decides; both are in tensor order z, y, x. */
export interface NetworkPlan {
  patch: Vec3;
  /** One pooling window for each transition to a coarser level. */
  pool: Vec3[];
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

/** An axis is pooled only while its voxels are at most this much coarser than the finest axis's (nnU-Net). */
const MAX_ANISOTROPY = 2;
/** No axis is pooled below this many voxels (nnU-Net). */
const MIN_BOTTLENECK = 4;

/** The poolings that anisotropy and size of a patch allow. */
function planPool(patch: Vec3, spacing: Vec3, levels: number): Vec3[] {
  let size = [...patch];
  let coarse = [...spacing];
  return Array.from({ length: levels - 1 }, () => {
    const finest = Math.min(...coarse.filter((_, axis) => size[axis] >= 2 * MIN_BOTTLENECK));
    const window = coarse.map((mm, axis) =>
      size[axis] >= 2 * MIN_BOTTLENECK && mm < MAX_ANISOTROPY * finest ? 2 : 1
    ) as unknown as Vec3;
    size = size.map((voxels, axis) => Math.floor(voxels / window[axis]));
    coarse = coarse.map((mm, axis) => mm * window[axis]);
    return window;
  });
}

/**
 * Plans patch and pooling: the patch is a multiple of the poolings' product on each axis and within the voxel budget
 * wherever the poolings allow it.
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
  const pool = planPool(extent as unknown as Vec3, spacing, levels);
  const patch = extent.map((voxels, axis) => {
    const product = pool.reduce((total, window) => total * window[axis], 1);
    return Math.max(1, Math.floor(voxels / product)) * product;
  }) as unknown as Vec3;
  return { patch, pool };
}
