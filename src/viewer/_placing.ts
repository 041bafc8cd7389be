/** An overlay lies on its image's grid, by their headers; nothing else of a file is read. */
import { UserError } from "../core/errors.ts";
import { placedGrid, placeOfLabel } from "../data/checks/same_place.ts";
import type { NiftiHeader } from "../data/nifti/header.ts";
import { readHeaderOf } from "../data/nifti/image.ts";

/** The header of a file that a browser can be given whole. @throws {UserError} if it is no NIfTI, or half of a pair. */
export async function shownHeader(path: string): Promise<NiftiHeader> {
  const header = await readHeaderOf(path);
  if (!header.pair) return header;
  throw new UserError("opening the viewer: the file must be a .nii or .nii.gz, not half of a pair of .hdr and .img", {
    where: path,
  });
}

/** @throws {UserError} unless the overlay's voxels lie where the image's do. */
export async function requireOnImage(image: NiftiHeader, overlay: string): Promise<void> {
  placeOfLabel(placedGrid(image), placedGrid(await shownHeader(overlay)), overlay);
}
