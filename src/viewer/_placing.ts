/** An overlay lies on its image's grid, by their headers; nothing else of a file is read. */
import { UserError } from "../core/errors.ts";
import { placedGrid, placeOfLabel } from "../data/checks/same_place.ts";
import { framesOf, type NiftiHeader } from "../data/nifti/header.ts";
import { readHeaderOf } from "../data/formats/registry.ts";
import { isNifti } from "./_volumes.ts";

/**
 * The header of a file that a browser can be given, as it is or as NIfTI.
 *
 * @throws {UserError} if it cannot be read, is half of a pair of .hdr and .img, or has frames and is no NIfTI file.
 */
export async function shownHeader(path: string): Promise<NiftiHeader> {
  const header = await readHeaderOf(path);
  if (header.pair) {
    throw new UserError("opening the viewer: the file must not be half of a pair of .hdr and .img", { where: path });
  }
  if (isNifti(path) || framesOf(header) === 1) return header;
  throw new UserError("opening the viewer: frames are shown of .nii and .nii.gz files only", { where: path });
}

/** @throws {UserError} unless the overlay's voxels lie where the image's do. */
export async function requireOnImage(image: NiftiHeader, overlay: string): Promise<void> {
  placeOfLabel(placedGrid(image), placedGrid(await shownHeader(overlay)), overlay);
}
