/** Images and labels are single volumes of real numbers. */
import { UserError } from "../../core/errors.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import { requireReal } from "../nifti/image.ts";
import type { CaseHeaders } from "./check.ts";

/** See the file's head. */
export function requireVolumes({ reference, image, label }: CaseHeaders): void {
  requireVolume(image, reference.image);
  if (label) requireVolume(label, reference.label!);
}

function requireVolume(header: NiftiHeader, where: string): void {
  requireReal(header, where);
  const { dims } = header;
  if (dims.slice(3).some((extent) => extent > 1)) {
    throw new UserError("reading a volume: a 3D image is needed", { where, value: dims.join("x") });
  }
}
