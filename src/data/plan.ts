/**
 * The plan of a dataset: the one resolution to which all of its volumes are brought.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { median } from "../core/statistics.ts";
import { perAxis, type Triple } from "../core/triple.ts";
import { axisMapOf } from "./affine.ts";
import { dimsOf, type NiftiHeader, spacingOf } from "./nifti/header.ts";
import { readHeaderOf } from "./nifti/image.ts";
import { scatter } from "./orient.ts";

/** How volumes are prepared; plain data, so that peers can compare it. */
export interface Plan {
  /** Target voxel size x, y, z (RAS) in mm; null: each volume keeps its own. */
  readonly spacing: Triple | null;
  /**
   * The longer in-plane extent in mm, for data whose header has lost the voxel size: a volume's in-plane voxel size is
   * then taken to be `fieldOfView / max(columns, rows)`, whatever the header says.
   */
  readonly fieldOfView?: number;
  /** With `fieldOfView`: the distance between slices in mm. @default what the header says */
  readonly sliceSpacing?: number;
  /**
   * Extent of what is kept of each volume about its middle, mm, x, y, z (RAS): for images that are planned around an
   * organ. What lies outside is predicted to be background. @default all
   */
  readonly crop?: Triple;
  /** How labels are resampled. @default "linear": per class, the greatest share wins */
  readonly labelResampling?: "nearest" | "linear";
}

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

/** One volume's grid along RAS axes. */
export interface Grid {
  readonly dims: Triple;
  /** mm */
  readonly spacing: Triple;
}

/** A plane is thick, and kept so, when it is more than this many times the finest voxel size (nnU-Net's threshold). */
const ANISOTROPIC = 3;

/**
 * Plans for all cases' images, from their headers.
 *
 * @throws {UserError} if a header cannot be read, there is no case, or an option is out of range.
 */
export async function planDataset(cases: readonly { image: string }[], options: PlanOptions = {}): Promise<Plan> {
  const grids: Grid[] = [];
  for (const { image } of cases) grids.push(gridOf(await readHeaderOf(image), options));
  return planGrids(grids, options);
}

/**
 * The pure part of {@linkcode planDataset}: median voxel size, coarsened until the median volume keeps to the budget.
 */
export function planGrids(grids: readonly Grid[], options: PlanOptions = {}): Plan {
  const { fieldOfView, sliceSpacing, crop, voxelBudget = Infinity, labelResampling } = options;
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
    spacing = coarsen(
      perAxis((axis) => median(grids.map((grid) => grid.spacing[axis]))),
      perAxis((axis) =>
        Math.min(crop?.[axis] ?? Infinity, median(grids.map((grid) => grid.spacing[axis] * grid.dims[axis])))
      ),
      voxelBudget,
    );
  }
  return Object.freeze({
    spacing,
    ...(fieldOfView !== undefined && { fieldOfView }),
    ...(sliceSpacing !== undefined && { sliceSpacing }),
    ...(crop !== undefined && { crop }),
    ...(labelResampling !== undefined && { labelResampling }),
  });
}

/** All axes grow alike, but a thick one waits until the others have come near it. */
function coarsen(spacing: Triple, extent: Triple, budget: number): Triple {
  const current = [...spacing];
  const voxels = () => current.reduce((product, size, axis) => product * Math.max(1, extent[axis] / size), 1);
  while (voxels() > budget && voxels() > 1) {
    const finest = Math.min(...current);
    for (let axis = 0; axis < 3; axis++) if (current[axis] <= ANISOTROPIC * finest) current[axis] *= 1.01;
  }
  return perAxis((axis) => Number(current[axis].toPrecision(5)));
}

/** The grid of a file along RAS axes, its voxel size mended as the plan says. */
export function gridOf(header: NiftiHeader, plan: Pick<Plan, "fieldOfView" | "sliceSpacing">): Grid {
  const dims = dimsOf(header);
  const map = axisMapOf(header.affine);
  return { dims: scatter(map, dims), spacing: scatter(map, plannedSpacing(dims, spacingOf(header), plan)) };
}

/** The voxel size along the stored axes that the plan takes to be true; slices are stacked along the third of them. */
export function plannedSpacing(
  dims: Triple,
  spacing: Triple,
  plan: Pick<Plan, "fieldOfView" | "sliceSpacing">,
): Triple {
  if (plan.fieldOfView === undefined) return spacing;
  const inPlane = plan.fieldOfView / Math.max(dims[0], dims[1]);
  return [inPlane, inPlane, plan.sliceSpacing ?? spacing[2]];
}
