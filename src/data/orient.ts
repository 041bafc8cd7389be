/**
 * Turning voxel axes to RAS, a plane or a volume at a time. Values are moved, never interpolated.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import { type Affine, type AxisMap, axisMapOf, multiply, orientationOf } from "./affine.ts";
import { stridesOf, type Volume } from "./volume.ts";

/** Where the voxels of the turned volume are stored: (x, y, z) at `start + x * step[0] + y * step[1] + z * step[2]`. */
export interface RasLayout {
  /** Of the turned volume. */
  readonly dims: Triple;
  readonly start: number;
  readonly step: Triple;
}

/** The layout of a volume that is stored on a grid of `dims` with `affine`. */
export function rasLayout(affine: Affine, dims: Triple): RasLayout {
  return layoutBy(axisMapOf(affine), dims);
}

/** The layout of a volume that is stored on a grid of `dims`. @param map the RAS axis of each of its axes */
export function layoutBy(map: AxisMap, dims: Triple): RasLayout {
  const strides = stridesOf(dims);
  const stored = (axis: number) => map.axes.indexOf(axis);
  return {
    dims: scatter(map, dims),
    step: perAxis((axis) => map.signs[stored(axis)] * strides[stored(axis)]),
    start: map.signs.reduce((sum, sign, i) => sum + (sign < 0 ? (dims[i] - 1) * strides[i] : 0), 0),
  };
}

/**
 * Fills `plane`, [y, x], with plane `z` of the turned volume.
 *
 * @param scaling of what is stored, before it becomes what `plane` holds
 */
export function readPlane(
  stored: ArrayLike<number>,
  { dims, start, step }: RasLayout,
  z: number,
  plane: Float32Array | Uint8Array,
  { slope, intercept } = { slope: 1, intercept: 0 },
): void {
  const isPlain = slope === 1 && intercept === 0;
  for (let y = 0, i = 0; y < dims[1]; y++) {
    let from = start + y * step[1] + z * step[2];
    if (isPlain) { for (let x = 0; x < dims[0]; x++, from += step[0]) plane[i++] = stored[from]; }
    else for (let x = 0; x < dims[0]; x++, from += step[0]) plane[i++] = stored[from] * slope + intercept;
  }
}

/**
 * The same image with its voxel axes turned so that x grows to the right, y to the front and z to the top (as nearly as
 * whole axes can: an oblique volume stays oblique). World coordinates stay what they were.
 */
export function toRas(volume: Volume): Volume {
  const map = axisMapOf(volume.affine);
  if (isIdentity(map)) return { ...volume, orientation: "RAS" };
  const affine = multiply(volume.affine, fromRasMatrix(map, volume.dims));
  return {
    ...volume,
    data: turn(volume.data, volume.dims, map),
    dims: scatter(map, volume.dims),
    spacing: scatter(map, volume.spacing),
    affine,
    orientation: orientationOf(affine),
    forms: undefined,
  };
}

/** The size along each RAS axis of what is given along the stored axes. */
export function scatter(map: AxisMap, values: Triple): Triple {
  return perAxis((axis) => values[map.axes.indexOf(axis)]);
}

function isIdentity(map: AxisMap): boolean {
  return map.axes.every((axis, i) => axis === i && map.signs[i] > 0);
}

/**
 * The values of a grid in another order of its axes; `data` itself where the order stays.
 *
 * @param dims of `data`, x fastest
 * @param map where each axis of `data` goes
 */
export function turn<T extends Float32Array | Uint8Array>(data: T, dims: Triple, map: AxisMap): T {
  if (isIdentity(map)) return data;
  const target = new (data.constructor as new (length: number) => T)(data.length);
  const strides = stridesOf(scatter(map, dims));
  const step = map.axes.map((axis, i) => map.signs[i] * strides[axis]);
  const start = map.axes.reduce((sum, axis, i) => sum + (map.signs[i] < 0 ? (dims[i] - 1) * strides[axis] : 0), 0);
  let index = 0;
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      let to = start + y * step[1] + z * step[2];
      for (let x = 0; x < dims[0]; x++, to += step[0]) target[to] = data[index++];
    }
  }
  return target;
}

/** 4x4 from RAS voxel indices to stored voxel indices. */
function fromRasMatrix(map: AxisMap, dims: Triple): Affine {
  const matrix = [0, 1, 2].map(() => [0, 0, 0, 0]);
  map.axes.forEach((axis, i) => {
    matrix[i][axis] = map.signs[i];
    if (map.signs[i] < 0) matrix[i][3] = dims[i] - 1;
  });
  return [...matrix, [0, 0, 0, 1]];
}
