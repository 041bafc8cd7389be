/** How large a volume will be when it is prepared, from its header. */
import { perAxis, type Triple } from "../../core/triple.ts";
import { centralWindow } from "../crop.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import { gridOf, type Plan } from "../plan.ts";
import { targetDims } from "../prepare.ts";

/** Voxels along x, y, z (RAS) of the prepared volume. */
export function preparedDims(header: NiftiHeader, plan: Plan): Triple {
  const { dims, spacing } = gridOf(header, plan);
  const target = targetDims(dims, spacing, plan.spacing);
  const actual = perAxis((axis) => spacing[axis] * dims[axis] / target[axis]);
  return plan.crop ? centralWindow(target, actual, plan.crop).dims : target;
}
