/**
 * Turning voxel axes: to RAS after reading, and back before writing. Values are moved, never interpolated.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import { type Affine, type AxisMap, axisMapOf, multiply, orientationOf } from "./affine.ts";
import { stridesOf, type Volume, voxelCount } from "./volume.ts";

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

/**
 * Values on the RAS grid of a volume, put back in the order of its own grid (`dims`, `affine`): the inverse of
 * {@linkcode toRas}.
 */
export function fromRas<T extends Float32Array | Uint8Array>(values: T, dims: Triple, affine: Affine): T {
  const map = axisMapOf(affine);
  if (isIdentity(map)) return values;
  const rasDims = scatter(map, dims);
  const result = new (values.constructor as new (length: number) => T)(voxelCount(dims));
  const strides = stridesOf(rasDims);
  let index = 0;
  const step = map.axes.map((axis, i) => map.signs[i] * strides[axis]);
  const start = map.axes.reduce((sum, axis, i) => sum + (map.signs[i] < 0 ? (dims[i] - 1) * strides[axis] : 0), 0);
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      let from = start + y * step[1] + z * step[2];
      for (let x = 0; x < dims[0]; x++, from += step[0]) result[index++] = values[from];
    }
  }
  return result;
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
export function turn(data: Float32Array, dims: Triple, map: AxisMap): Float32Array {
  if (isIdentity(map)) return data;
  const target = new Float32Array(data.length);
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
