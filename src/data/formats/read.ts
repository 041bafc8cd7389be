/**
 * Reading one 3D volume from a file of any format that is read.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { orientationOf } from "../affine.ts";
import { type Volume, voxelCount } from "../volume.ts";
import type { RawValues } from "../nifti/datatypes.ts";
import { dimsOf, framesOf, spacingOf } from "../nifti/header.ts";
import { type NiftiImage, parseImage, type ParseImageOptions, rawValues } from "../nifti/image.ts";
import { readImage } from "./registry.ts";

/** Options of {@linkcode readVolume}. */
export interface ReadVolumeOptions {
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
 * Reads a volume as stored, in its own orientation, with slope and intercept applied.
 *
 * @throws {UserError} if the file cannot be read, is not of the format that its name says (NIfTI where it says none),
 * is damaged or cut off, has voxels that are no real numbers, or has several frames and none is chosen.
 */
export async function readVolume(path: string, options: ReadVolumeOptions = {}): Promise<Volume> {
  return scaled(await readStored(path, options));
}

/** As {@linkcode readVolume}, from the bytes of a NIfTI file in memory. */
export function parseNifti(bytes: Uint8Array, options: ParseImageOptions & { frame?: number }): Volume {
  return scaled(toStored(parseImage(bytes, options), options.frame));
}

/** A volume as its file has it: of integers, a quarter or half of the memory that it takes as float32. */
export interface StoredVolume extends Omit<Volume, "data"> {
  /** What the file holds, x fastest; the voxel's value is `stored * slope + intercept`. */
  readonly stored: RawValues;
  readonly slope: number;
  readonly intercept: number;
}

/** As {@linkcode readVolume}, but its values are neither scaled nor brought to float32. */
export async function readStored(path: string, options: ReadVolumeOptions = {}): Promise<StoredVolume> {
  const { frame, signal } = options;
  return toStored(await readImage(path, { signal }), frame);
}

/**
 * All 3D frames of a file, in their order; they share the memory of the file's voxels.
 *
 * @throws {UserError} as {@linkcode readVolume}.
 */
export async function readFrames(path: string, options: { signal?: AbortSignal } = {}): Promise<StoredVolume[]> {
  const image = await readImage(path, options);
  return Array.from({ length: framesOf(image.header) }, (_, frame) => frameOf(image, frame));
}

/** Fills `values` with the volume's from voxel `start` on, scaled. */
function scaleFrom({ stored, slope, intercept }: StoredVolume, start: number, values: Float32Array): void {
  if (slope === 1 && intercept === 0) values.set(stored.subarray(start, start + values.length));
  else for (let i = 0; i < values.length; i++) values[i] = stored[start + i] * slope + intercept;
}

/** Voxels that are scaled at a time. */
const PIECE = 2 ** 18;

/** The volume's values, scaled, some at a time and in their order; each piece holds until the next one. */
export function* scaledPieces(volume: StoredVolume): Generator<Float32Array, void, void> {
  const piece = new Float32Array(Math.min(PIECE, volume.stored.length));
  for (let start = 0; start < volume.stored.length; start += piece.length) {
    const values = piece.subarray(0, Math.min(piece.length, volume.stored.length - start));
    scaleFrom(volume, start, values);
    yield values;
  }
}

/** All values at once; those that are float32 already stay in their memory. */
function scaled(volume: StoredVolume): Volume {
  const { stored, slope: _, intercept: __, ...geometry } = volume;
  const data = stored instanceof Float32Array ? stored : new Float32Array(stored.length);
  scaleFrom(volume, 0, data);
  return { ...geometry, data };
}

function toStored(image: NiftiImage, frame: number | undefined): StoredVolume {
  const { header, where } = image;
  const frames = framesOf(header);
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
  const volume = frameOf(image, frame ?? 0);
  return frames === 1 ? volume : { ...volume, stored: volume.stored.slice() }; // the other frames are of no more use
}

function frameOf(image: NiftiImage, frame: number): StoredVolume {
  const { header } = image;
  const dims = dimsOf(header);
  const count = voxelCount(dims);
  return {
    stored: rawValues(image, frame * count, count),
    slope: header.slope,
    intercept: header.intercept,
    dims,
    spacing: spacingOf(header),
    affine: header.affine.map((row) => [...row]),
    orientation: orientationOf(header.affine),
    datatype: header.datatype.name,
    forms: header.forms,
  };
}
