/**
 * One volume as a NIfTI file.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import type { Triple } from "../../core/triple.ts";
import { readVolume } from "../formats/read.ts";
import { writeNifti, type WrittenDatatype } from "../nifti/write.ts";

/** A volume cannot be written: later ones could not either. */
export class OutputError extends UserError {}

/**
 * Writes a .nii.gz of the same values in the same place. Values that are 8- or 16-bit integers are stored so, others
 * as float32, to which 64-bit ones and integers beyond 2^24 are rounded.
 *
 * @param path of any format that is read; of a DICOM series that of a slice
 * @returns the dimensions
 * @throws {UserError} if it cannot be read or has frames. @throws {OutputError} if it cannot be written.
 */
export async function convertVolume(
  path: string,
  output: string,
  options: { signal?: AbortSignal } = {},
): Promise<Triple> {
  const volume = await readVolume(path, options);
  await writeNifti(output, volume, { datatype: smallest(volume.data) }).catch((cause) => {
    throw new OutputError(`converting: the file must have room and be allowed: ${messageOf(cause)}`, {
      where: output,
      cause,
    });
  });
  return volume.dims;
}

function smallest(values: Float32Array): WrittenDatatype {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (!Number.isInteger(value)) return "float32";
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  if (low >= 0 && high <= 255) return "uint8";
  return low >= -32768 && high <= 32767 ? "int16" : "float32";
}
