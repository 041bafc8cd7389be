/**
 * The header of a written file. Where its input told where it lies, by qform or sform, both are kept bit for bit.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { Volume } from "../volume.ts";
import { affineOf, formsFor, spacingOfForms, type StoredForms, writeForms } from "./forms.ts";

/** What is stored behind the header. */
export interface StoredVoxels {
  /** Datatype code of the standard. */
  readonly code: number;
  /** Bytes a voxel. */
  readonly bytes: number;
  readonly slope: number;
  readonly intercept: number;
  /** The file's name, for errors. */
  readonly where?: string;
}

/** What a header takes of a volume. */
export type Placed = Pick<Volume, "dims" | "spacing" | "affine" | "forms">;

/**
 * Header and the four bytes that say there are no extensions, little-endian. NIfTI-1, which every program reads, also
 * for a volume from a NIfTI-2 file, whose numbers are rounded to float32; NIfTI-2 for what NIfTI-1 cannot hold.
 *
 * @throws {UserError} if a volume that is from no NIfTI-2 file has more voxels along an axis than NIfTI-1 can hold.
 */
export function encodeHeader(volume: Placed, voxels: StoredVoxels): Uint8Array<ArrayBuffer> {
  const { dims } = volume;
  const own = ownForms(volume) ?? formsFor(volume.affine, volume.spacing);
  const forms: StoredForms = { ...own, version: own.version === 1 || fitsNifti1(dims, own) ? 1 : 2 };
  const { where } = voxels;
  if (forms.version === 1 && dims.some((extent) => extent > MOST_ALONG_AXIS)) {
    const rule = `writing a volume: NIfTI-1 holds at most ${MOST_ALONG_AXIS} voxels along an axis`;
    throw new UserError(rule, { where, value: dims });
  }
  const bytes = forms.version === 1 ? header1(dims, voxels) : header2(dims, voxels);
  writeForms(new DataView(bytes.buffer), forms);
  return bytes;
}

/** int16 */
const MOST_ALONG_AXIS = 32767;

function fitsNifti1(dims: Placed["dims"], forms: StoredForms): boolean {
  const { qfac, sizes, quaternion, offset, rows, qformCode, sformCode } = forms;
  return dims.every((extent) => extent <= MOST_ALONG_AXIS) &&
    [qformCode, sformCode].every((code) => Math.abs(code) <= 32767) &&
    [qfac, ...sizes, ...quaternion, ...offset, ...rows.flat()]
      .every((value) => Number.isFinite(Math.fround(value)) === Number.isFinite(value));
}

/** The forms of the volume's file, unless the volume has been turned or moved since. */
function ownForms({ dims, spacing, affine, forms }: Placed): StoredForms | undefined {
  if (!forms) return undefined;
  const meant = affineOf(forms, dims);
  const same = affine.every((row, r) => row.every((value, column) => value === meant[r][column])) &&
    spacingOfForms(forms, meant).every((size, axis) => size === spacing[axis]);
  if (!same) return undefined;
  // A 2D input need not say how thick its only slice is, a volume must.
  const [x, y, z] = forms.sizes;
  return { ...forms, sizes: [x, y, dims[2] === 1 && !(Number.isFinite(z) && z > 0) ? 1 : z] };
}

/** nifti1.h */
function header1(dims: Placed["dims"], { code, bytes, slope, intercept }: StoredVoxels): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(352);
  const view = new DataView(header.buffer);
  view.setInt32(0, 348, true);
  [3, ...dims, 1, 1, 1, 1].forEach((extent, i) => view.setInt16(40 + 2 * i, extent, true));
  view.setInt16(70, code, true);
  view.setInt16(72, bytes * 8, true);
  for (let i = 4; i < 8; i++) view.setFloat32(76 + 4 * i, 1, true); // pixdim of the dimensions that there are not
  view.setFloat32(108, header.length, true);
  view.setFloat32(112, slope, true);
  view.setFloat32(116, intercept, true);
  header.set([0x6e, 0x2b, 0x31, 0], 344); // "n+1"
  return header;
}

/** nifti2.h */
function header2(dims: Placed["dims"], { code, bytes, slope, intercept }: StoredVoxels): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(544);
  const view = new DataView(header.buffer);
  view.setInt32(0, 540, true);
  header.set([0x6e, 0x2b, 0x32, 0, 0x0d, 0x0a, 0x1a, 0x0a], 4); // "n+2", and what shows a file changed as text
  view.setInt16(12, code, true);
  view.setInt16(14, bytes * 8, true);
  [3, ...dims, 1, 1, 1, 1].forEach((extent, i) => view.setBigInt64(16 + 8 * i, BigInt(extent), true));
  for (let i = 4; i < 8; i++) view.setFloat64(104 + 8 * i, 1, true);
  view.setBigInt64(168, BigInt(header.length), true);
  view.setFloat64(176, slope, true);
  view.setFloat64(184, intercept, true);
  return header;
}
