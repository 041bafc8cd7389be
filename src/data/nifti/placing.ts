/**
 * Comparing where grids of voxels lie.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import { type Affine, type AxisMap, axisMapOf, columnNorms, inverse3, multiply } from "../affine.ts";

/** Each axis along the same axis, in the same direction. */
export const SAME_ORDER: AxisMap = { axes: [0, 1, 2], signs: [1, 1, 1] };

/** For each axis of the grid `other` the axis of `affine` along which it runs, and whether along or against it. */
export function orderOn(affine: Affine, other: Affine): AxisMap {
  const directions = (matrix: Affine) => {
    const norms = columnNorms(matrix);
    return matrix.slice(0, 3).map((row) => row.slice(0, 3).map((value, column) => value / norms[column]));
  };
  const inverse = inverse3(directions(affine));
  if (!inverse) throw new RangeError("an affine must give every voxel a place of its own");
  return axisMapOf(multiply(inverse, directions(other)));
}

/**
 * The greatest distance in mm between corresponding voxels of two grids: it is met at a corner.
 *
 * @param dims of `other`
 * @param map how the axes of `other` run on the grid of `affine`
 */
export function distanceApart(affine: Affine, other: Affine, dims: Triple, map: AxisMap = SAME_ORDER): number {
  let most = 0;
  for (let corner = 0; corner < 8; corner++) {
    const there = [0, 0, 0, 1];
    const here = [0, 0, 0, 1];
    for (let axis = 0; axis < 3; axis++) {
      const last = dims[axis] - 1;
      there[axis] = corner >> axis & 1 ? last : 0;
      here[map.axes[axis]] = map.signs[axis] > 0 ? there[axis] : last - there[axis];
    }
    const apart = [0, 1, 2].map((row) =>
      affine[row].reduce((sum, value, column) => sum + value * here[column] - other[row][column] * there[column], 0)
    );
    most = Math.max(most, Math.hypot(...apart));
  }
  return most;
}

/** Of the smallest voxel size; see {@linkcode tolerance}. */
const SHARE = 0.5;

/**
 * How far in mm corresponding voxels of two grids that mean the same may be apart: half a voxel, within which each
 * voxel's nearest neighbour on the other grid is its own, and four roundings of the farthest coordinate to float32.
 *
 * Headers do not repeat a place exactly. Quaternions are the worst: near a half turn, rounding them to float32 turns
 * the grid by up to 0.0007, which is 0.36 voxels at the end of an axis of 512.
 */
export function tolerance(affine: Affine, other: Affine, dims: Triple): number {
  const farthest = Math.max(
    ...[affine, other].flatMap((matrix) =>
      matrix.slice(0, 3).map((row) => row.reduce((sum, value, axis) => sum + Math.abs(value) * (dims[axis] ?? 1), 0))
    ),
  );
  return SHARE * Math.min(...columnNorms(affine), ...columnNorms(other)) + 4 * 2 ** -23 * farthest;
}
