/**
 * Distances between the surfaces of two masks, from which HD95 and ASSD are computed.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import { voxelCount } from "../../data/volume.ts";
import { distancesBetween } from "./_distances_between.ts";
import type { MaskGrid } from "./distance_transform.ts";
import { surfaceOf } from "./surface.ts";

/** How far apart two surfaces are, both ways; each list ascending, in mm. */
export interface SurfaceDistances {
  /** From each surface voxel of the prediction to the nearest of the truth; Infinity where the truth is empty. */
  readonly toTruth: Float64Array;
  /** From each surface voxel of the truth to the nearest of the prediction; Infinity where the prediction is empty. */
  readonly toPrediction: Float64Array;
}

/**
 * A metric's figure of two surfaces: null where the distances are not known or neither mask has a voxel, Infinity where
 * only one has, for nothing of the other was found; else what `measure` makes of the distances.
 */
export function measureSurfaces(
  distances: SurfaceDistances | null,
  measure: (distances: SurfaceDistances) => number,
): number | null {
  if (distances === null) return null;
  const { toTruth, toPrediction } = distances;
  if (toTruth.length === 0 && toPrediction.length === 0) return null;
  if (toTruth.length === 0 || toPrediction.length === 0) return Infinity;
  return measure(distances);
}

/**
 * Measures from voxel centre to voxel centre, on voxels of the given size.
 *
 * @param prediction label values, x fastest
 * @param truth label values of the same voxels
 * @param label the value to compare
 * @throws {RangeError} if the two do not have the grid's voxels, or a voxel size is not positive.
 */
export function surfaceDistances(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  label: number,
  grid: MaskGrid,
): SurfaceDistances {
  for (const [name, values] of Object.entries({ prediction, truth })) {
    const voxels = voxelCount(grid.dims);
    if (values.length !== voxels) {
      throw new RangeError(`the ${name} must have the ${voxels} voxels of its grid, got ${values.length}`);
    }
  }
  const box = boundingBox([prediction, truth], label, grid.dims);
  if (box === undefined) return { toTruth: new Float64Array(), toPrediction: new Float64Array() };
  const dims = box.size, cropped = { dims, spacing: grid.spacing };
  // No crossing of the box's faces is lost: beyond them, both masks are empty, which is what surfaceOf takes for
  // granted.
  const [predicted, actual] = [prediction, truth].map((values) => surfaceOf(crop(values, label, box, grid.dims), dims));
  return {
    toTruth: distancesBetween(predicted, actual, cropped),
    toPrediction: distancesBetween(actual, predicted, cropped),
  };
}

interface Box {
  /** The first voxel along x, y, z. */
  low: Triple;
  size: Triple;
}

/** The smallest box that holds every voxel of the label in any of the volumes. */
function boundingBox(volumes: readonly ArrayLike<number>[], label: number, [width, height]: Triple): Box | undefined {
  const low = [Infinity, Infinity, Infinity], high = [-1, -1, -1];
  for (const values of volumes) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] !== label) continue;
      const at = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
      for (let axis = 0; axis < 3; axis++) {
        if (at[axis] < low[axis]) low[axis] = at[axis];
        if (at[axis] > high[axis]) high[axis] = at[axis];
      }
    }
  }
  if (high[0] < 0) return undefined;
  const size = (axis: number) => high[axis] - low[axis] + 1;
  return { low: [low[0], low[1], low[2]], size: [size(0), size(1), size(2)] };
}

function crop(values: ArrayLike<number>, label: number, { low, size }: Box, [width, height]: Triple): Uint8Array {
  const mask = new Uint8Array(voxelCount(size));
  for (let i = 0, z = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      const row = low[0] + width * (low[1] + y + height * (low[2] + z));
      for (let x = 0; x < size[0]; x++, i++) if (values[row + x] === label) mask[i] = 1;
    }
  }
  return mask;
}
