/**
 * Where a NIfTI header says that its voxels lie: voxel sizes, qform and sform as stored, and the affine that they mean.
 *
 * @module
 */
import { perAxis, type Triple } from "../../core/triple.ts";
import { type Affine, columnNorms, determinant3 } from "../affine.ts";

/** What a header says of places, number by number as it is stored, so that it can be stored again bit for bit. */
export interface StoredForms {
  /** Of NIfTI: 1 stores float32, 2 float64. */
  readonly version: 1 | 2;
  /** `xyzt_units`, the unit of time included. */
  readonly units: number;
  /** `pixdim[0]`: below zero, the third axis of the qform runs the other way. */
  readonly qfac: number;
  /** `pixdim[1]` to `pixdim[3]`, in the file's unit. */
  readonly sizes: Triple;
  /** `qform_code`: to what the qform refers; without a form of its own at most 0. */
  readonly qformCode: number;
  /** `quatern_b`, `quatern_c`, `quatern_d`. */
  readonly quaternion: Triple;
  /** `qoffset_x`, `qoffset_y`, `qoffset_z`, in the file's unit. */
  readonly offset: Triple;
  /** `sform_code`, likewise of the sform. */
  readonly sformCode: number;
  /** `srow_x`, `srow_y`, `srow_z`, four numbers each, in the file's unit. */
  readonly rows: readonly (readonly number[])[];
}

/** Byte offsets of the fields (nifti1.h, nifti2.h). */
const AT = {
  1: { pixdim: 76, units: 123, qformCode: 252, sformCode: 254, quaternion: 256, offset: 268, rows: 280 },
  2: { pixdim: 104, units: 500, qformCode: 344, sformCode: 348, quaternion: 352, offset: 376, rows: 400 },
} as const;

/** Millimetres of each unit of length (nifti1.h, NIFTI_UNITS_METER, _MM, _MICRON). */
const MILLIMETRES: ReadonlyMap<number, number> = new Map([[1, 1000], [2, 1], [3, 0.001]]);

/** The forms of the header that `view` shows. */
export function readForms(view: DataView, version: 1 | 2, littleEndian: boolean): StoredForms {
  const at = AT[version];
  const real = (offset: number, index: number) =>
    version === 1
      ? view.getFloat32(offset + 4 * index, littleEndian)
      : view.getFloat64(offset + 8 * index, littleEndian);
  const code = (offset: number) =>
    version === 1 ? view.getInt16(offset, littleEndian) : view.getInt32(offset, littleEndian);
  return Object.freeze({
    version,
    units: version === 1 ? view.getUint8(at.units) : view.getInt32(at.units, littleEndian),
    qfac: real(at.pixdim, 0),
    sizes: perAxis((axis) => real(at.pixdim, axis + 1)),
    qformCode: code(at.qformCode),
    quaternion: perAxis((axis) => real(at.quaternion, axis)),
    offset: perAxis((axis) => real(at.offset, axis)),
    sformCode: code(at.sformCode),
    rows: [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => real(at.rows, row * 4 + column))),
  });
}

/** Writes `forms` into the little-endian header of their version that `view` shows. */
export function writeForms(view: DataView, forms: StoredForms): void {
  const { version } = forms;
  const at = AT[version];
  const reals = (offset: number, values: readonly number[]) =>
    values.forEach((value, i) =>
      version === 1 ? view.setFloat32(offset + 4 * i, value, true) : view.setFloat64(offset + 8 * i, value, true)
    );
  const code = (offset: number, value: number) =>
    version === 1 ? view.setInt16(offset, value, true) : view.setInt32(offset, value, true);
  if (version === 1) view.setUint8(at.units, forms.units & 255);
  else view.setInt32(at.units, forms.units, true);
  reals(at.pixdim, [forms.qfac, ...forms.sizes]);
  code(at.qformCode, forms.qformCode);
  reals(at.quaternion, forms.quaternion);
  reals(at.offset, forms.offset);
  code(at.sformCode, forms.sformCode);
  reals(at.rows, forms.rows.flat());
}

/** Millimetres in the file's unit of length; a unit that is not said, or is none of the standard's, counts as mm. */
export function millimetresOf({ units }: Pick<StoredForms, "units">): number {
  return MILLIMETRES.get(units & 7) ?? 1;
}

/** Whether either form says where the voxels lie. */
export function hasPlace({ qformCode, sformCode }: Pick<StoredForms, "qformCode" | "sformCode">): boolean {
  return sformCode > 0 || qformCode > 0;
}

/** Voxel index to mm: the sform, else the qform, else the sizes alone, as nibabel does, whatever the codes' values. */
export function affineOf(forms: StoredForms, dims: readonly number[]): Affine {
  if (forms.sformCode > 0) return sformOf(forms);
  return forms.qformCode > 0 ? qformOf(forms) : scaledAxes(forms, dims);
}

/** nifti1.h, method 3. */
export function sformOf(forms: StoredForms): Affine {
  return inMillimetres(forms.rows, forms);
}

/** nifti1.h, method 2; the quaternion is brought to unit length as nibabel does. */
export function qformOf(forms: StoredForms): Affine {
  const [b, c, d] = forms.quaternion;
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const s = 2 / (a * a + b * b + c * c + d * d);
  const rotation = [
    [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
    [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
    [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)],
  ];
  const [dx, dy, dz] = perAxis((axis) => usableSize(forms.sizes[axis]));
  const steps = [dx, dy, forms.qfac < 0 ? -dz : dz];
  const rows = rotation.map((row, r) => [...row.map((value, column) => value * steps[column]), forms.offset[r]]);
  return inMillimetres(rows, forms);
}

/** Neither form: voxel sizes only. As nibabel reads it: x grows to the left, the origin is in the middle. */
function scaledAxes(forms: StoredForms, dims: readonly number[]): Affine {
  const [dx, dy, dz] = perAxis((axis) => usableSize(forms.sizes[axis]));
  const rows = [-dx, dy, dz].map((step, row) => [
    ...[0, 1, 2].map((column) => (column === row ? step : 0)),
    -step * ((dims[row] ?? 1) - 1) / 2,
  ]);
  return inMillimetres(rows, forms);
}

function inMillimetres(rows: readonly (readonly number[])[], forms: StoredForms): Affine {
  const unit = millimetresOf(forms);
  return [...rows.map((row) => row.map((value) => value * unit)), [0, 0, 0, 1]];
}

/** A `pixdim` in the qform; an unused or broken one counts as 1, a negative one without its sign, as nibabel has it. */
function usableSize(size: number): number {
  const length = Math.abs(size);
  return Number.isFinite(length) && length > 0 ? length : 1;
}

/** The voxel size in mm: `pixdim` where it is a size, above zero and finite, else the length of the affine's column. */
export function spacingOfForms(forms: StoredForms, affine: Affine): Triple {
  const unit = millimetresOf(forms);
  const norms = columnNorms(affine);
  return perAxis((axis) => {
    const size = forms.sizes[axis];
    return Number.isFinite(size) && size > 0 ? shortest(shortest(size) * unit) : shortest(norms[axis]);
  });
}

/** The value that prints shortest among those with the same float32, as 2.3852 for 2.385200023651123. */
export function shortest(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return rounded;
  }
  return value;
}

/**
 * What is stored of a geometry that comes from no file: the sform, and the qform too where that can express it (no
 * shear), both with code 1, in mm, for NIfTI-1.
 */
export function formsFor(affine: Affine, spacing: Triple): StoredForms {
  const quaternion = quaternionOf(affine, spacing);
  const rows = affine.slice(0, 3);
  return {
    version: 1,
    units: 2,
    qfac: quaternion?.qfac ?? 1,
    sizes: spacing,
    qformCode: quaternion ? 1 : 0,
    quaternion: quaternion?.bcd ?? [0, 0, 0],
    offset: perAxis((row) => rows[row][3]),
    sformCode: 1,
    rows,
  };
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
