/**
 * NIfTI-1 and NIfTI-2 headers, decoded by nifti-reader-js and checked before anything else is read or allocated.
 *
 * The library gets exactly the header's bytes, never the extensions (whose sizes it would trust), and its `affine` is
 * not used: it takes the qform where `qform_code > sform_code`, and ignores it in NIfTI-2. The rules here are
 * nibabel's.
 *
 * @module
 */
import { type NIFTI1, type NIFTI2, readHeader } from "nifti-reader-js";
import { UserError } from "../../core/errors.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { type Affine, columnNorms, isInvertible } from "../affine.ts";
import { type Datatype, DATATYPES } from "./datatypes.ts";

/** What the rest of the codec needs to know of a file. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Whether the voxels are in an .img file beside the .hdr. */
  readonly pair: boolean;
  /** As many as the file says it has: 1 to 7. */
  readonly dims: readonly number[];
  /** `pixdim`, one a dimension; mm for the first three. */
  readonly pixdim: readonly number[];
  readonly datatype: Datatype;
  /** Byte offset of the first voxel in its file. */
  readonly offset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly affine: Affine;
}

const WHILE = "reading a NIfTI header";
/** More voxels than any scanner's: beyond it the header is damaged (2^40 bytes are 1 TiB). */
const MAX_BYTES = 2 ** 40;

/** The bytes that a header needs: all of them for NIfTI-2, of which NIfTI-1 uses the first 348. */
export const HEADER_BYTES = 540;

/**
 * Decodes the header at the start of `bytes`.
 *
 * @throws {UserError} naming `where` if these bytes are no NIfTI header, or one that cannot be true.
 */
export function parseHeader(bytes: Uint8Array, where: string): NiftiHeader {
  if (bytes.length === 0) throw new UserError(`${WHILE}: the file must not be empty`, { where, value: "0 bytes" });
  const size = headerSize(bytes);
  if (size === undefined) {
    throw new UserError(`${WHILE}: the file must be NIfTI-1 or NIfTI-2, but it does not begin like either`, { where });
  }
  if (bytes.length < size) {
    throw new UserError(`${WHILE}: a header has ${size} bytes, but the file ends before`, {
      where,
      value: `${bytes.length} bytes`,
    });
  }
  const own = bytes.slice(0, size);
  let header: NIFTI1 | NIFTI2;
  try {
    header = readHeader(own.buffer, true);
  } catch (cause) {
    throw new UserError(`${WHILE}: the file must be NIfTI-1 or NIfTI-2`, { where, cause });
  }
  const view = new DataView(own.buffer);
  const version = size === 348 ? 1 : 2;
  const dims = dimensionsOf(header, where);
  const datatype = DATATYPES.get(header.datatypeCode);
  if (!datatype) {
    throw new UserError(`${WHILE}: the datatype code must be one of the standard's`, {
      where,
      value: header.datatypeCode,
    });
  }
  const values = dims.reduce((product, extent) => product * extent, 1);
  if (values * datatype.bytes > MAX_BYTES) {
    throw new UserError(`${WHILE}: the dimensions must be those of a real image`, { where, value: dims.join("x") });
  }
  const pixdim = header.pixDims.slice(1, dims.length + 1);
  return Object.freeze({
    version,
    littleEndian: header.littleEndian,
    pair: header.magic.startsWith("ni"),
    dims,
    pixdim,
    datatype,
    offset: offsetOf(header, version, where),
    ...scalingOf(header, where),
    affine: affineOf(header, view, dims, version, where),
  });
}

/** 348 or 540 by the first word in either byte order and the magic number; undefined for anything else. */
function headerSize(bytes: Uint8Array): 348 | 540 | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magicAt = (offset: number) => String.fromCharCode(...bytes.subarray(offset, offset + 3));
  for (const littleEndian of [true, false]) {
    const word = view.getInt32(0, littleEndian);
    // A file cut off within its header still counts as NIfTI, so that the error can say what is wrong with it.
    if (word === 348 && (bytes.length < 348 || ["n+1", "ni1"].includes(magicAt(344)))) return 348;
    if (word === 540 && (bytes.length < 8 || ["n+2", "ni2"].includes(magicAt(4)))) return 540;
  }
  return undefined;
}

function dimensionsOf(header: NIFTI1 | NIFTI2, where: string): number[] {
  const rank = header.dims[0];
  if (!(rank >= 1 && rank <= 7)) {
    throw new UserError(`${WHILE}: an image has 1 to 7 dimensions`, { where, value: rank });
  }
  const dims = header.dims.slice(1, rank + 1);
  if (!dims.every((extent) => Number.isSafeInteger(extent) && extent >= 1)) {
    throw new UserError(`${WHILE}: every dimension must be at least 1`, { where, value: dims.join("x") });
  }
  return dims;
}

function offsetOf(header: NIFTI1 | NIFTI2, version: 1 | 2, where: string): number {
  const pair = header.magic.startsWith("ni");
  const least = pair ? 0 : version === 1 ? 352 : 544;
  // Zero in a single file means "right behind the header".
  const offset = header.vox_offset === 0 ? least : Math.trunc(header.vox_offset);
  if (!Number.isSafeInteger(offset) || offset < least || offset > MAX_BYTES) {
    throw new UserError(`${WHILE}: vox_offset must be at least ${least}`, { where, value: header.vox_offset });
  }
  return offset;
}

/** A slope of zero, or none that is a number, means that the values are as stored (nifti1.h, `scl_slope`). */
function scalingOf(header: NIFTI1 | NIFTI2, where: string): { slope: number; intercept: number } {
  const { scl_slope: slope, scl_inter: intercept } = header;
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(intercept)) {
    throw new UserError(`${WHILE}: scl_inter must be a number`, { where, value: String(intercept) });
  }
  return { slope, intercept };
}

/** The sform, else the qform (method 2), else method 1: the order of nibabel, whatever the codes' values. */
function affineOf(header: NIFTI1 | NIFTI2, view: DataView, dims: number[], version: 1 | 2, where: string): Affine {
  const affine = header.sform_code > 0
    ? sformOf(header, view, version)
    : header.qform_code > 0
    ? qformOf(header)
    : scaledAxes(header, dims);
  if (!isInvertible(affine)) {
    const form = header.sform_code > 0 ? "sform" : header.qform_code > 0 ? "qform" : "pixdim";
    throw new UserError(`${WHILE}: the ${form} must give every voxel a place of its own`, {
      where,
      value: affine.slice(0, 3),
    });
  }
  return affine;
}

function sformOf(header: NIFTI1 | NIFTI2, view: DataView, version: 1 | 2): Affine {
  const at = (index: number) =>
    version === 1
      ? view.getFloat32(280 + index * 4, header.littleEndian)
      : view.getFloat64(400 + index * 8, header.littleEndian);
  return [...[0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => at(row * 4 + column))), [0, 0, 0, 1]];
}

/** nifti1.h, method 2; the quaternion is brought to unit length as nibabel does. */
function qformOf(header: NIFTI1 | NIFTI2): Affine {
  const { quatern_b: b, quatern_c: c, quatern_d: d } = header;
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const s = 2 / (a * a + b * b + c * c + d * d);
  const rotation = [
    [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
    [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
    [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)],
  ];
  const [dx, dy, dz] = voxelSizes(header);
  const steps = [dx, dy, header.pixDims[0] < 0 ? -dz : dz];
  const origin = [header.qoffset_x, header.qoffset_y, header.qoffset_z];
  return [...rotation.map((row, r) => [...row.map((value, column) => value * steps[column]), origin[r]]), [0, 0, 0, 1]];
}

/** Neither form: voxel sizes only. As nibabel reads it: x grows to the left, the origin is in the middle. */
function scaledAxes(header: NIFTI1 | NIFTI2, dims: readonly number[]): Affine {
  const [dx, dy, dz] = voxelSizes(header);
  const steps = [-dx, dy, dz];
  return [
    ...steps.map((step, row) => [
      ...[0, 1, 2].map((column) => (column === row ? step : 0)),
      -step * ((dims[row] ?? 1) - 1) / 2,
    ]),
    [0, 0, 0, 1],
  ];
}

/** `pixdim` 1 to 3 where they are sizes; an unused or broken one counts as 1 mm. */
function voxelSizes(header: NIFTI1 | NIFTI2): Triple {
  const size = (axis: number) => {
    const value = Math.abs(header.pixDims[axis]);
    return Number.isFinite(value) && value > 0 ? value : 1;
  };
  return perAxis((axis) => size(axis + 1));
}

/** Voxels along the three stored axes of space; 1 along those that a header does not have. */
export function dimsOf({ dims }: Pick<NiftiHeader, "dims">): Triple {
  return perAxis((axis) => dims[axis] ?? 1);
}

/** The voxel size in mm that a header means: `pixdim` where it is one, else the length of the affine's column. */
export function spacingOf(header: NiftiHeader): Triple {
  const norms = columnNorms(header.affine);
  const along = (axis: number) => {
    const size = Math.abs(header.pixdim[axis]);
    return shortest(Number.isFinite(size) && size > 0 ? size : norms[axis]);
  };
  return perAxis(along);
}

/** The value that prints shortest among those with the same float32, as 2.3852 for 2.385200023651123. */
export function shortest(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return rounded;
  }
  return value;
}
