/**
 * Chooses the patch and the pooling of the network from the data's shape and spacing: the patch is the median volume,
 * its longest axes shortened until it fits a budget.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import { planPool } from "../model/config.ts";
import { type Fingerprint, fingerprintOf, gridsOf } from "./fingerprint.ts";
import { planGrids, type PlanOptions } from "./preparation.ts";

/** What {@linkcode planNetwork} decides; both are in tensor order z, y, x. */
export interface NetworkPlan {
  /** Voxels of a patch along z, y, x. */
  patch: Triple;
  /** One pooling window for each transition to a coarser level. */
  pool: readonly Triple[];
}

/** What {@linkcode planNetwork} decides from. */
export interface NetworkPlanOptions {
  /** Median shape of the prepared volumes, voxels, z, y, x. */
  shape: Triple;
  /** Spacing of the prepared volumes, mm, z, y, x. */
  spacing: Triple;
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
  const extent = [...shape];
  const volume = () => extent.reduce((product, voxels) => product * voxels, 1);
  while (volume() > patchVoxels) {
    const longest = extent.indexOf(Math.max(...extent));
    extent[longest] -= 1;
  }
  const patch = perAxis((axis) => {
    const multiple = 2 ** Math.min(levels - 1, Math.floor(Math.log2(extent[axis])));
    return Math.floor(extent[axis] / multiple) * multiple;
  });
  return { patch, pool: planPool(patch, { levels, spacing }) };
}

/** What peers must agree on before they can train one network together. */
export interface MethodPlan extends NetworkPlan {
  /** The spacing to which every volume is brought, mm, x, y, z. */
  spacing: Triple;
}

/** Options of {@linkcode planMethod}, beside those that say how to read the headers. */
export interface MethodPlanOptions extends Pick<PlanOptions, "fieldOfView" | "sliceSpacing" | "crop" | "voxelBudget"> {
  /** Resolutions of the network. */
  levels: number;
  /** See {@linkcode NetworkPlanOptions.patchVoxels}. */
  patchVoxels?: number;
}

/**
 * Plans spacing, patch and pooling for the images of `cases`, from their headers.
 *
 * @throws {UserError} if a header cannot be read, there is no case, or an option is out of range.
 */
export async function planMethod(
  cases: readonly { image: string }[],
  options: MethodPlanOptions,
): Promise<MethodPlan> {
  const { levels, patchVoxels, crop } = options;
  const grids = await gridsOf(cases, options);
  const spacing = planGrids(grids, options).spacing!;
  const network = planNetwork({
    ...{ levels, patchVoxels, shape: shapeAt(fingerprintOf(grids), spacing, crop) },
    spacing: [spacing[2], spacing[1], spacing[0]],
  });
  return { spacing, ...network };
}

/**
 * The shape z, y, x of the volume in the middle, at `spacing` x, y, z: the upper of the two in the middle, where a
 * median would be between them, because an extent is whole voxels.
 */
export function shapeAt({ extent }: Pick<Fingerprint, "extent">, spacing: Triple, crop?: Triple): Triple {
  const [x, y, z] = perAxis((axis) => {
    const kept = Math.min(extent[axis].upper, crop?.[axis] ?? Infinity);
    return Math.max(1, Math.round(kept / spacing[axis]));
  });
  return [z, y, x];
}
