/** Labels are single volumes of real numbers, and images as many as they have channels. */
import { UserError } from "../../core/errors.ts";
import { imageFilesOf } from "../channels.ts";
import { framesOf, type NiftiHeader } from "../nifti/header.ts";
import { requireReal } from "../nifti/image.ts";
import type { CaseHeaders } from "./check.ts";

/** See the file's head. */
export function requireVolumes({ reference, image, others = [], label }: CaseHeaders): void {
  requireFrames(image, reference.frames ?? 1, reference.image);
  others.forEach((other, index) => requireFrames(other, 1, imageFilesOf(reference)[index + 1]));
  if (label) requireFrames(label, 1, reference.label!);
}

/** @throws {UserError} unless the file holds so many volumes, counted over its fourth dimension and further ones. */
function requireFrames(header: NiftiHeader, frames: number, where: string): void {
  requireReal(header, where);
  const { dims } = header;
  if (framesOf(header) === frames) return;
  const rule = frames === 1
    ? "a 3D image is needed, or dataset.json must name the channels that its frames are"
    : `an image must have ${frames} frames, one for each channel that dataset.json names`;
  throw new UserError(`reading a volume: ${rule}`, { where, value: dims.join("x") });
}
