/**
 * A 3D image in memory.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";

/** A 3D image in memory. */
export interface Volume {
  /** Scaled voxel values, x fastest: voxel (x, y, z) is at `x + dims[0] * (y + dims[1] * z)`. */
  data: Float32Array;
  /** Voxels along x, y, z. */
  dims: Triple;
  /** Voxel size along x, y, z in mm. */
  spacing: Triple;
  /** 4x4, voxel index to RAS world coordinates in mm. */
  affine: number[][];
  /** The anatomical direction in which each voxel axis grows, as "LPS"; "RAS" after `toRas`. */
  orientation: string;
  /** The datatype in the file, as "int16". */
  datatype: string;
}

/** The number of voxels of a grid. */
export function voxelCount(dims: Triple): number {
  return dims[0] * dims[1] * dims[2];
}

/** How far apart in memory neighbours along x, y, z are; x is fastest. */
export function stridesOf(dims: Triple): Triple {
  return [1, dims[0], dims[0] * dims[1]];
}
