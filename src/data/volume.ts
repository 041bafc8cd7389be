/**
 * A 3D image in memory.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import type { StoredForms } from "./nifti/forms.ts";

/** A 3D image in memory; its values are `Float32Array`s, labels may be `Uint8Array`s. */
export interface Volume<Data extends Float32Array | Uint8Array = Float32Array> {
  /** Scaled voxel values, x fastest: voxel (x, y, z) is at `x + dims[0] * (y + dims[1] * z)`. */
  data: Data;
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
  /** Where its file says that it lies; without it, the volume comes from no file or has been turned since. */
  forms?: StoredForms;
}

/** The number of voxels of a grid. */
export function voxelCount(dims: Triple): number {
  return dims[0] * dims[1] * dims[2];
}

/** How far apart in memory neighbours along x, y, z are; x is fastest. */
export function stridesOf(dims: Triple): Triple {
  return [1, dims[0], dims[0] * dims[1]];
}
