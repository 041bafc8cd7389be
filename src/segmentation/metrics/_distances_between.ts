/**
 * From one surface to another, without the distances of a whole large grid in memory.
 *
 * @module
 */
import { type MaskGrid, squaredDistances } from "./distance_transform.ts";

/** Voxels whose distances are in memory at a time, eight bytes each. */
const VOXELS = 2 ** 24;

/** Options of {@linkcode distancesBetween}. */
export interface DistancesBetweenOptions {
  /** How many voxels' distances may be in memory at a time; at least those of a plane across x are. */
  voxels?: number;
}

/**
 * The distances in mm from a surface's voxels to the nearest of `to`, ascending.
 *
 * @param surface non-zero where a voxel belongs to it, x fastest; so is `to`
 */
export function distancesBetween(
  surface: Uint8Array,
  to: Uint8Array,
  grid: MaskGrid,
  { voxels = VOXELS }: DistancesBetweenOptions = {},
): Float64Array {
  const [width, height, depth] = grid.dims;
  const distances = new Float64Array(surface.reduce((sum, value) => sum + value, 0));
  const columns = Math.max(1, Math.floor(voxels / (height * depth)));
  let found = 0;
  for (let from = 0; from < width; from += columns) {
    const part = Math.min(columns, width - from);
    const squared = squaredDistances(to, grid, { from, to: from + part });
    for (let row = 0, i = 0; row < height * depth; row++) {
      const end = row * width + from + part;
      for (let voxel = end - part; voxel < end; voxel++, i++) {
        if (surface[voxel] !== 0) distances[found++] = Math.sqrt(squared[i]);
      }
    }
  }
  return distances.sort();
}
