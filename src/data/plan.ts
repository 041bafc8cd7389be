/**
 * How volumes are prepared: the one resolution to which all of a dataset are brought, and a file's grid as it says.
 * `src/planning` chooses it.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import { axisMapOf } from "./affine.ts";
import { dimsOf, type NiftiHeader, spacingOf } from "./nifti/header.ts";
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

/** One volume's grid along RAS axes. */
export interface Grid {
  /** Voxels. */
  readonly dims: Triple;
  /** mm */
  readonly spacing: Triple;
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
