/** An overlay lies on its image's grid, by their headers; nothing else of a file is read. */
import { UserError } from "../core/errors.ts";
import { placedGrid, placeOfLabel } from "../data/checks/same_place.ts";
import type { NiftiHeader } from "../data/nifti/header.ts";
import { readHeaderOf } from "../data/formats/registry.ts";

/** The header of a file that a browser can be given whole. @throws {UserError} if it is no .nii or .nii.gz. */
export async function shownHeader(path: string): Promise<NiftiHeader> {
  const header = await readHeaderOf(path);
  if (/\.nii(\.gz)?$/i.test(path)) return header;
  throw new UserError(
    "opening the viewer: the file must be a .nii or .nii.gz, which deno task convert makes of other formats",
    {
      where: path,
    },
  );
}

/** @throws {UserError} unless the overlay's voxels lie where the image's do. */
export async function requireOnImage(image: NiftiHeader, overlay: string): Promise<void> {
  placeOfLabel(placedGrid(image), placedGrid(await shownHeader(overlay)), overlay);
}
