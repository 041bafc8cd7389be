/**
 * Writing volumes as NIfTI.
 *
 * @module
 */
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { concat } from "@std/bytes/concat";
import { writeAtomically } from "../../core/files.ts";
import { messageOf, UserError } from "../../core/errors.ts";
import { type Volume, voxelCount } from "../volume.ts";
import { encodeHeader } from "./header_bytes.ts";

/** What {@linkcode writeNifti} can store. */
export type WrittenDatatype = "uint8" | "int16" | "float32";

/** Options of {@linkcode writeNifti}. */
export interface WriteNiftiOptions {
  /** How voxels are stored. @default "float32" */
  datatype?: WrittenDatatype;
  /** Stored values are `(value - intercept) / slope`, rounded for the integer datatypes. @default 1 */
  slope?: number;
  /** Added to the stored value times the slope. @default 0 */
  intercept?: number;
}

const STORED = {
  uint8: { code: 2, bytes: 1, low: 0, high: 255, make: (n: number) => new Uint8Array(n) },
  int16: { code: 4, bytes: 2, low: -32768, high: 32767, make: (n: number) => new Int16Array(n) },
  float32: { code: 16, bytes: 4, low: -Infinity, high: Infinity, make: (n: number) => new Float32Array(n) },
} as const;

/** Voxels that are encoded at a time. */
const PIECE = 2 ** 20;

/** A volume to be written. */
export type WritableVolume = Volume<Float32Array | Uint8Array>;

/**
 * Writes `volume` to a .nii or .nii.gz file, piece by piece, aside first and then renamed, so that the path holds
 * either the old file or the whole new one. Where the volume lies as its file said, in `volume.forms`, that is stored
 * again bit for bit, as float32; else in mm, the sform its affine, and the qform too where that can express it (no
 * shear). It becomes NIfTI-1, unless its file was NIfTI-2 with more than NIfTI-1 can hold.
 *
 * @throws {UserError} if the path does not end so, the file cannot be written, or a value does not fit the datatype.
 */
export async function writeNifti(
  path: string,
  volume: WritableVolume,
  options: WriteNiftiOptions = {},
): Promise<void> {
  const packed = /\.nii\.gz$/i.test(path);
  if (!packed && !/\.nii$/i.test(path)) {
    throw new UserError("writing a volume: the file's name must end in .nii or .nii.gz", { where: path });
  }
  const settings = { ...options, where: path };
  const pieces = encodePieces(headerOf(volume, settings), volume.data, settings);
  const write = (data: AsyncIterable<Uint8Array>) => writeAtomically(path, data);
  try {
    await (packed ? pipeline(pieces, createGzip({ chunkSize: PIECE }), write) : pipeline(pieces, write));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`writing a volume: the folder must exist and be writable: ${messageOf(cause)}`, {
      where: path,
      cause,
    });
  }
}

/** The bytes of an unpacked .nii file, little-endian. */
export function encodeNifti(
  volume: WritableVolume,
  options: WriteNiftiOptions & { where?: string } = {},
): Uint8Array<ArrayBuffer> {
  return concat([...encodePieces(headerOf(volume, options), volume.data, options)]);
}

/** The header and the voxels, some at a time. */
function* encodePieces(
  header: Uint8Array<ArrayBuffer>,
  data: WritableVolume["data"],
  options: WriteNiftiOptions & { where?: string },
): Generator<Uint8Array<ArrayBuffer>> {
  yield header;
  for (let start = 0; start < data.length; start += PIECE) {
    yield encodeVoxels(data.subarray(start, start + PIECE), options);
  }
}

/** @throws {UserError} if the dimensions fit no header, and a RangeError if they are not the data's. */
function headerOf(
  volume: WritableVolume,
  options: WriteNiftiOptions & { where?: string },
): Uint8Array<ArrayBuffer> {
  const { datatype = "float32", slope = 1, intercept = 0, where } = options;
  const { dims, data } = volume;
  const count = voxelCount(dims);
  if (data.length !== count) throw new RangeError(`a volume of ${dims} holds ${count} values, got ${data.length}`);
  const stored = STORED[datatype];
  return encodeHeader(volume, { code: stored.code, bytes: stored.bytes, slope, intercept, where });
}

/** @throws {UserError} if a value does not fit the datatype. */
function encodeVoxels(
  data: WritableVolume["data"],
  { datatype = "float32", slope = 1, intercept = 0, where }: WriteNiftiOptions & { where?: string },
): Uint8Array<ArrayBuffer> {
  const { low, high, make } = STORED[datatype];
  const values = make(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = datatype === "float32" ? (data[i] - intercept) / slope : Math.round((data[i] - intercept) / slope);
    if (!(value >= low && value <= high) && datatype !== "float32") {
      throw new UserError(`writing a volume: values must lie from ${low} to ${high} to be stored as ${datatype}`, {
        where,
        value,
      });
    }
    values[i] = value;
  }
  return new Uint8Array(values.buffer);
}
