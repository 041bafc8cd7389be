/**
 * Reading one 3D volume from a NIfTI file.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { orientationOf } from "../affine.ts";
import { type Volume, voxelCount } from "../volume.ts";
import { dimsOf, spacingOf } from "./header.ts";
import { type NiftiImage, parseImage, type ParseImageOptions, rawValues, readImage } from "./image.ts";

/** Options of {@linkcode readNifti}. */
export interface ReadNiftiOptions {
  /**
   * Which of a 4D (or longer) file's 3D frames to read, from 0, counted over all further dimensions with the fourth
   * fastest.
   * @default none: such a file is refused
   */
  frame?: number;
  /** Gives up reading. */
  signal?: AbortSignal;
}

/**
 * Reads a volume as stored, in its own orientation, with `scl_slope` and `scl_inter` applied.
 *
 * @throws {UserError} if the file cannot be read, is no NIfTI file, is damaged or cut off, has voxels that are no real
 * numbers, or has several frames and none is chosen.
 */
export async function readNifti(path: string, options: ReadNiftiOptions = {}): Promise<Volume> {
  const { frame, signal } = options;
  return toVolume(await readImage(path, { signal }), frame);
}

/** As {@linkcode readNifti}, from bytes in memory. */
export function parseNifti(bytes: Uint8Array, options: ParseImageOptions & { frame?: number }): Volume {
  return toVolume(parseImage(bytes, options), options.frame);
}

function toVolume(image: NiftiImage, frame: number | undefined): Volume {
  const { header, where } = image;
  const dims = dimsOf(header);
  const frames = header.dims.slice(3).reduce((product, extent) => product * extent, 1);
  if (frames > 1 && frame === undefined) {
    throw new UserError(
      `reading a volume: a 3D image is needed, or one of the file's ${frames} frames must be chosen`,
      {
        where,
        value: header.dims.join("x"),
      },
    );
  }
  if (frame !== undefined && !(Number.isInteger(frame) && frame >= 0 && frame < frames)) {
    throw new UserError(`reading a volume: the frame must be an integer from 0 to ${frames - 1}`, {
      where,
      value: frame,
    });
  }
  const count = voxelCount(dims);
  const raw = rawValues(image, (frame ?? 0) * count, count);
  const data = raw instanceof Float32Array && frames === 1 ? raw : new Float32Array(raw);
  if (header.slope !== 1 || header.intercept !== 0) {
    for (let i = 0; i < count; i++) data[i] = raw[i] * header.slope + header.intercept;
  }
  return {
    data,
    dims,
    spacing: spacingOf(header),
    affine: header.affine.map((row) => [...row]),
    orientation: orientationOf(header.affine),
    datatype: header.datatype.name,
    forms: header.forms,
  };
}
