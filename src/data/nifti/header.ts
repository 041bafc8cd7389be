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
import { type Affine, isInvertible } from "../affine.ts";
import { foreignByBytes } from "../foreign_formats.ts";
import { type Datatype, DATATYPES } from "./datatypes.ts";
import { affineOf, millimetresOf, readForms, spacingOfForms, type StoredForms } from "./forms.ts";

/** What the rest of the codec needs to know of a file. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Whether the voxels are in an .img file beside the .hdr. */
  readonly pair: boolean;
  /** As many as the file says it has: 1 to 7. */
  readonly dims: readonly number[];
  /** `pixdim`, one a dimension, whatever it says; mm for the first three. */
  readonly pixdim: readonly number[];
  readonly datatype: Datatype;
  /** Byte offset of the first voxel in its file. */
  readonly offset: number;
  readonly slope: number;
  readonly intercept: number;
  /** From voxel indices to mm. */
  readonly affine: Affine;
  /** Where the voxels lie, as stored. */
  readonly forms: StoredForms;
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
    const foreign = foreignByBytes(bytes);
    const what = foreign ? `is ${foreign.name}: ${foreign.convert}` : "does not begin like either";
    throw new UserError(`${WHILE}: the file must be NIfTI-1 or NIfTI-2, but it ${what}`, { where });
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
  const forms = readForms(new DataView(own.buffer), version, header.littleEndian);
  const unit = millimetresOf(forms);
  const pixdim = header.pixDims.slice(1, dims.length + 1).map((size, axis) => axis < 3 ? size * unit : size);
  return Object.freeze({
    version,
    littleEndian: header.littleEndian,
    pair: header.magic.startsWith("ni"),
    dims,
    pixdim,
    datatype,
    offset: offsetOf(header, version, where),
    ...scalingOf(header, where),
    affine: placedBy(forms, dims, where),
    forms,
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

/** The affine that the forms mean. */
function placedBy(forms: StoredForms, dims: readonly number[], where: string): Affine {
  const affine = affineOf(forms, dims);
  if (!isInvertible(affine)) {
    const form = forms.sformCode > 0 ? "sform" : forms.qformCode > 0 ? "qform" : "pixdim";
    throw new UserError(`${WHILE}: the ${form} must give every voxel a place of its own`, {
      where,
      value: affine.slice(0, 3).map((row) => row.map((value) => Number.isFinite(value) ? value : String(value))),
    });
  }
  return affine;
}

/** The number of 3D volumes in a file, counted over its fourth dimension and further ones. */
export function framesOf({ dims }: Pick<NiftiHeader, "dims">): number {
  return dims.slice(3).reduce((product, extent) => product * extent, 1);
}

/** Voxels along the three stored axes of space; 1 along those that a header does not have. */
export function dimsOf({ dims }: Pick<NiftiHeader, "dims">): Triple {
  return perAxis((axis) => dims[axis] ?? 1);
}

/** The voxel size in mm that a header means. */
export function spacingOf({ forms, affine }: Pick<NiftiHeader, "forms" | "affine">): Triple {
  return spacingOfForms(forms, affine);
}
