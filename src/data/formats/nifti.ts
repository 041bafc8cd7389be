/** NIfTI-1 and NIfTI-2, packed or not, in one file or a pair. */
import { readHeaderOf, readImage } from "../nifti/image.ts";
import type { VolumeFormat } from "./format.ts";

/** See {@linkcode VolumeFormat}. */
export const nifti: VolumeFormat = {
  name: "nifti",
  title: "NIfTI",
  endings: [".nii.gz", ".nii", ".hdr.gz", ".hdr", ".img.gz", ".img"],
  readHeader: readHeaderOf,
  readImage,
};
