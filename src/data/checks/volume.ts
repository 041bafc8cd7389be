/** Images and labels are single volumes of real numbers. */
import { UserError } from "../../core/errors.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import type { CaseHeaders } from "./check.ts";

/** See the file's head. */
export function requireVolumes({ reference, image, label }: CaseHeaders): void {
  requireVolume(image, reference.image);
  if (label) requireVolume(label, reference.label!);
}

function requireVolume({ dims, datatype }: NiftiHeader, where: string): void {
  if (!datatype.view) {
    throw new UserError("reading a volume: voxels must be real numbers, up to 64 bits each", {
      where,
      value: datatype.name,
    });
  }
  if (dims.slice(3).some((extent) => extent > 1)) {
    throw new UserError("reading a volume: a 3D image is needed", { where, value: dims.join("x") });
  }
}
