/**
 * The plan of a dataset: the one resolution to which all of its volumes are brought.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { perAxis, type Triple } from "../core/triple.ts";
import type { Grid, Plan } from "../data/plan.ts";
import { type Fingerprint, fingerprintOf, gridsOf, medianOf } from "./fingerprint.ts";

/** Options of {@linkcode planDataset}. */
export interface PlanOptions {
  /** Target voxel size instead of the median one; null keeps each volume's own. */
  spacing?: Triple | null;
  /** See {@linkcode Plan.fieldOfView}. */
  fieldOfView?: number;
  /** See {@linkcode Plan.sliceSpacing}. */
  sliceSpacing?: number;
  /** See {@linkcode Plan.crop}. */
  crop?: Triple;
  /** The most voxels that the median volume, cropped, may have. @default no limit */
  voxelBudget?: number;
  /** See {@linkcode Plan.labelResampling}. */
  labelResampling?: "nearest" | "linear";
}

/** A plane is thick, and kept so, when it is more than this many times the finest voxel size (nnU-Net's threshold). */
export const ANISOTROPIC = 3;

/**
 * Plans for all cases' images, from their headers.
 *
 * @throws {UserError} if a header cannot be read, there is no case, or an option is out of range.
 */
export async function planDataset(cases: readonly { image: string }[], options: PlanOptions = {}): Promise<Plan> {
  return planGrids(await gridsOf(cases, options), options);
}

/**
 * The pure part of {@linkcode planDataset}: median voxel size, coarsened until the median volume keeps to the budget.
 */
export function planGrids(grids: readonly Grid[], options: PlanOptions = {}): Plan {
  const { fieldOfView, sliceSpacing, crop, voxelBudget, labelResampling } = options;
  for (const [name, value] of Object.entries({ fieldOfView, sliceSpacing, voxelBudget })) {
    if (value !== undefined && !(value > 0)) {
      throw new UserError("planning a dataset: the number must be positive", { where: name, value });
    }
  }
  for (const [name, sizes] of Object.entries({ spacing: options.spacing, crop })) {
    if (sizes && !sizes.every((size) => size > 0 && Number.isFinite(size))) {
      throw new UserError("planning a dataset: every size must be positive", { where: name, value: sizes });
    }
  }
  let spacing = options.spacing;
  if (spacing === undefined) {
    if (!grids.length) throw new UserError("planning a dataset: there must be at least one case");
    spacing = planSpacing(fingerprintOf(grids), options);
  }
  return Object.freeze({
    spacing,
    ...(fieldOfView !== undefined && { fieldOfView }),
    ...(sliceSpacing !== undefined && { sliceSpacing }),
    ...(crop !== undefined && { crop }),
    ...(labelResampling !== undefined && { labelResampling }),
  });
}

/** The median voxel size x, y, z in mm, coarsened until the median volume, cropped, has no more than `voxelBudget`. */
export function planSpacing(
  fingerprint: Pick<Fingerprint, "spacing" | "extent">,
  { crop, voxelBudget = Infinity }: Pick<PlanOptions, "crop" | "voxelBudget"> = {},
): Triple {
  return coarsen(
    perAxis((axis) => medianOf(fingerprint.spacing[axis])),
    perAxis((axis) => Math.min(crop?.[axis] ?? Infinity, medianOf(fingerprint.extent[axis]))),
    voxelBudget,
  );
}

/**
 * Coarsens `spacing` until `extent` has no more than `budget` voxels: all axes grow alike, but a thick one waits until
 * the others have come near it.
 */
export function coarsen(spacing: Triple, extent: Triple, budget: number): Triple {
  const current = [...spacing];
  const voxels = () => current.reduce((product, size, axis) => product * Math.max(1, extent[axis] / size), 1);
  while (voxels() > budget && voxels() > 1) {
    const finest = Math.min(...current);
    for (let axis = 0; axis < 3; axis++) if (current[axis] <= ANISOTROPIC * finest) current[axis] *= 1.01;
  }
  return perAxis((axis) => Number(current[axis].toPrecision(5)));
}
