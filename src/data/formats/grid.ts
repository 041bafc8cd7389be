/**
 * Headers in NIfTI's terms from those of ITK's family, whose coordinates grow to the left, back and top.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { type Affine, isInvertible } from "../affine.ts";
import type { Datatype } from "../nifti/datatypes.ts";
import { affineOf, formsFor, type StoredForms } from "../nifti/forms.ts";
import type { NiftiHeader } from "../nifti/header.ts";

/** Where voxels lie, in mm. */
export interface LpsPlace {
  /** For each voxel axis the direction in which it grows, of length 1: to the left, back and top. */
  readonly directions: readonly Triple[];
  /** The middle of the first voxel. */
  readonly origin: Triple;
}

/** What {@linkcode headerOfGrid} needs to know. */
export interface Grid {
  /** Voxels along x, y and z, and as a fourth one frames, where there are several. */
  readonly dims: readonly number[];
  /** Voxel size along x, y and z in mm. */
  readonly spacing: Triple;
  /** Absent where the file does not say where it lies. */
  readonly place?: LpsPlace;
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  /** Values are `stored * slope + intercept`. @default 1 */
  readonly slope?: number;
  /** See `slope`. @default 0 */
  readonly intercept?: number;
}

/** Beyond it a header is damaged, as in NIfTI's (2^40 bytes are 1 TiB). */
const MAX_BYTES = 2 ** 40;

/**
 * The header of a volume that lies on this grid. What is stored of it, should it become NIfTI, are sform and qform.
 *
 * @param doing for errors: "reading an NRRD header"
 * @throws {UserError} if no image can be so.
 */
export function headerOfGrid(grid: Grid, { doing, where }: { doing: string; where: string }): NiftiHeader {
  const { dims, spacing, datatype, littleEndian, slope = 1, intercept = 0 } = grid;
  if (!dims.every((extent) => Number.isSafeInteger(extent) && extent >= 1)) {
    throw new UserError(`${doing}: every dimension must be at least 1`, { where, value: dims.join("x") });
  }
  if (dims.reduce((product, extent) => product * extent, datatype.bytes) > MAX_BYTES) {
    throw new UserError(`${doing}: the dimensions must be those of a real image`, { where, value: dims.join("x") });
  }
  if (!spacing.every((size) => size > 0 && size < Infinity)) {
    throw new UserError(`${doing}: voxel sizes must be above 0`, { where, value: spacing.join(" x ") });
  }
  const { affine, forms } = grid.place ? placed(grid.place, spacing) : unplaced(spacing, dims);
  if (!isInvertible(affine)) {
    throw new UserError(`${doing}: the directions must give every voxel a place of its own`, {
      where,
      value: affine.slice(0, 3).map((row) => row.map((value) => Number.isFinite(value) ? value : String(value))),
    });
  }
  return Object.freeze({
    version: 1,
    littleEndian,
    pair: false,
    dims,
    pixdim: dims.map((_, axis) => spacing[axis] ?? 1),
    datatype,
    offset: 0,
    slope,
    intercept,
    affine,
    forms,
  });
}

/** Left and back become below zero: x grows to the right, y to the front. */
function placed({ directions, origin }: LpsPlace, spacing: Triple): { affine: Affine; forms: StoredForms } {
  const rows = [-1, -1, 1].map((sign, row) => [
    ...directions.map((direction, axis) => sign * direction[row] * spacing[axis] + 0),
    sign * origin[row] + 0, // no -0
  ]);
  const affine = [...rows, [0, 0, 0, 1]];
  return { affine, forms: formsFor(affine, spacing) };
}

/** As a NIfTI file that has neither form. */
function unplaced(sizes: Triple, dims: readonly number[]): { affine: Affine; forms: StoredForms } {
  const none = perAxis(() => 0);
  const forms: StoredForms = {
    ...{ version: 1, units: 2, qfac: 1, sizes },
    ...{ qformCode: 0, quaternion: none, offset: none, sformCode: 0, rows: [0, 1, 2].map(() => [0, 0, 0, 0]) },
  };
  return { affine: affineOf(forms, dims), forms };
}
