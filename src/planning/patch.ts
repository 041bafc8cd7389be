/**
 * Patch, levels and pooling for a number of voxels, as nnU-Net plans them (Isensee et al. 2021): the patch is the median
 * volume, shortened until it fits; axes are halved until they are too short.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import type { NetworkPlan } from "./network.ts";
import { ANISOTROPIC } from "./preparation.ts";
import { PLANNING } from "./table.ts";

/** What {@linkcode planPatch} decides from; everything along z, y, x. */
export interface PatchPlanOptions {
  /** Median shape of the prepared volumes, voxels. */
  shape: Triple;
  /** Spacing of the prepared volumes, mm. */
  spacing: Triple;
  /** How long the longest structure is, mm. @default unknown */
  structures?: Triple;
  /** The most voxels of the patch. */
  patchVoxels: number;
}

/** Patch and network. */
export interface PatchPlan extends NetworkPlan {
  /** Resolutions, the patch's own included. */
  levels: number;
}

/**
 * Plans a patch within its budget that is a multiple of the poolings' product on each axis.
 *
 * @throws {RangeError} if a shape, spacing or budget is not positive.
 */
export function planPatch(options: PatchPlanOptions): PatchPlan {
  const { shape, spacing, structures, patchVoxels } = options;
  for (const value of [...shape, ...spacing, ...(structures ?? []), patchVoxels]) {
    if (!(value > 0)) throw new RangeError(`planning a patch: all that it is planned from is positive, got ${value}`);
  }
  const extent = shorten(options);
  const pool = poolingOf(extent, spacing);
  const multiple = perAxis((axis) => pool.reduce((product, window) => product * window[axis], 1));
  const patch = perAxis((axis) => Math.floor(extent[axis] / multiple[axis]) * multiple[axis]);
  return { patch, levels: pool.length + 1, pool };
}

/**
 * The median volume, shortened voxel by voxel until it fits: the axis that reaches farthest beyond the structures, else
 * the longest. A thick axis keeps its planes while the others have more voxels.
 */
function shorten({ shape, spacing, structures, patchVoxels }: PatchPlanOptions): Triple {
  const extent = [...shape];
  const finest = Math.min(...spacing);
  const excess = (axis: number) =>
    structures === undefined ? extent[axis] : extent[axis] * spacing[axis] / structures[axis];
  const isSpared = (axis: number) =>
    spacing[axis] > ANISOTROPIC * finest && extent.some((voxels, other) => other !== axis && voxels > extent[axis]);
  while (extent[0] * extent[1] * extent[2] > patchVoxels && Math.max(...extent) > 1) {
    const axes = [0, 1, 2].filter((axis) => extent[axis] > 1 && !isSpared(axis));
    const longest = axes.reduce((best, axis) => excess(axis) > excess(best) ? axis : best);
    extent[longest] -= 1;
  }
  return perAxis((axis) => extent[axis]);
}

/**
 * Halves every axis that is long enough and not much coarser than the finest such, level by level; a level that would
 * halve a single axis is left out.
 */
function poolingOf(extent: Triple, spacing: Triple): Triple[] {
  const { fewestLevels, mostLevels, shortestHalved } = PLANNING;
  const left = [...extent], size = [...spacing];
  const pool: Triple[] = [];
  while (pool.length + 1 < mostLevels) {
    const long = [0, 1, 2].filter((axis) => left[axis] >= shortestHalved);
    const finest = Math.min(...long.map((axis) => size[axis]));
    const factor = perAxis((axis) => long.includes(axis) && size[axis] < 2 * finest ? 2 : 1);
    if (factor.filter((times) => times === 2).length < 2 && pool.length + 1 >= fewestLevels) break;
    factor.forEach((times, axis) => {
      left[axis] = Math.floor(left[axis] / times);
      size[axis] *= times;
    });
    pool.push(factor);
  }
  return pool;
}
