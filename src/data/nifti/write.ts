/**
 * Writing volumes as NIfTI-1.
 *
 * @module
 */
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { concat } from "@std/bytes/concat";
import { writeAtomically } from "../../core/files.ts";
import { messageOf, UserError } from "../../core/errors.ts";
import type { Triple } from "../../core/triple.ts";
import { type Affine, determinant3 } from "../affine.ts";
import { type Volume, voxelCount } from "../volume.ts";

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

/** NIfTI-1's header and the four bytes that say there are no extensions. */
const OFFSET = 352;

/** Voxels that are encoded at a time. */
const PIECE = 2 ** 20;

/** A volume to be written. */
export type WritableVolume = Volume<Float32Array | Uint8Array>;

/**
 * Writes `volume` to a .nii or .nii.gz file, piece by piece, aside first and then renamed, so that the path holds
 * either the old file or the whole new one. The geometry is stored as sform, and as qform too where that can express it (no shear).
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
  const pieces = encodePieces(encodeHeader(volume, settings), volume.data, settings);
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
  return concat([...encodePieces(encodeHeader(volume, options), volume.data, options)]);
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

function encodeHeader(
  volume: WritableVolume,
  options: WriteNiftiOptions & { where?: string },
): Uint8Array<ArrayBuffer> {
  const { datatype = "float32", slope = 1, intercept = 0, where } = options;
  const { dims, spacing, affine, data } = volume;
  const count = voxelCount(dims);
  if (data.length !== count) throw new RangeError(`a volume of ${dims} holds ${count} values, got ${data.length}`);
  if (dims.some((extent) => extent > 32767)) {
    throw new UserError("writing a volume: NIfTI-1 holds at most 32767 voxels along an axis", { where, value: dims });
  }
  const stored = STORED[datatype];
  const bytes = new Uint8Array(OFFSET);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  [3, ...dims, 1, 1, 1, 1].forEach((extent, i) => view.setInt16(40 + 2 * i, extent, true));
  view.setInt16(70, stored.code, true);
  view.setInt16(72, stored.bytes * 8, true);
  const quaternion = quaternionOf(affine, spacing);
  [quaternion?.qfac ?? 1, ...spacing, 1, 1, 1, 1].forEach((size, i) => view.setFloat32(76 + 4 * i, size, true));
  view.setFloat32(108, OFFSET, true);
  view.setFloat32(112, slope, true);
  view.setFloat32(116, intercept, true);
  view.setUint8(123, 2); // millimetres
  view.setInt16(252, quaternion ? 1 : 0, true); // qform_code: scanner coordinates
  view.setInt16(254, 1, true); // sform_code
  [...(quaternion?.bcd ?? [0, 0, 0]), ...affine.slice(0, 3).map((row) => row[3])]
    .forEach((value, i) => view.setFloat32(256 + 4 * i, value, true));
  affine.slice(0, 3).flat().forEach((value, i) => view.setFloat32(280 + 4 * i, value, true));
  bytes.set([0x6e, 0x2b, 0x31, 0], 344); // "n+1"
  return bytes;
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

/**
 * The quaternion of the affine's rotation (nifti1.h, method 2); undefined where a rotation and `spacing` cannot express
 * it.
 */
function quaternionOf(affine: Affine, spacing: Triple): { bcd: Triple; qfac: number } | undefined {
  let r = affine.slice(0, 3).map((row) => row.slice(0, 3).map((value, column) => value / spacing[column]));
  for (let a = 0; a < 3; a++) {
    for (let b = a; b < 3; b++) {
      const dot = r[0][a] * r[0][b] + r[1][a] * r[1][b] + r[2][a] * r[2][b];
      if (Math.abs(dot - (a === b ? 1 : 0)) > 1e-4) return undefined;
    }
  }
  const qfac = determinant3(r) < 0 ? -1 : 1;
  r = r.map((row) => [row[0], row[1], row[2] * qfac]);
  // The largest of the four components is computed from the diagonal, the others from it: no division by a small
  // number.
  const squares = [
    1 + r[0][0] + r[1][1] + r[2][2],
    1 + r[0][0] - r[1][1] - r[2][2],
    1 - r[0][0] + r[1][1] - r[2][2],
    1 - r[0][0] - r[1][1] + r[2][2],
  ];
  const largest = squares.indexOf(Math.max(...squares));
  const root = Math.sqrt(squares[largest]) / 2;
  const [p, q, s] = [(r[2][1] - r[1][2]) / 4, (r[0][2] - r[2][0]) / 4, (r[1][0] - r[0][1]) / 4]; // ab, ac, ad
  const [t, u, v] = [(r[0][1] + r[1][0]) / 4, (r[0][2] + r[2][0]) / 4, (r[1][2] + r[2][1]) / 4]; // bc, bd, cd
  const [a, b, c, d] = [
    [root * root, p, q, s],
    [p, root * root, t, u],
    [q, t, root * root, v],
    [s, u, v, root * root],
  ][largest].map((value) => value / root);
  const sign = a < 0 ? -1 : 1; // the standard stores b, c, d of the quaternion with a >= 0
  return { bcd: [sign * b, sign * c, sign * d], qfac };
}
