/** Elastic deformation: a coarse grid of random displacements, smooth in between (cubic B-splines). */
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";
import { voxelCount } from "../volume.ts";

/** Random bends. */
export interface ElasticAugmentation {
  /** Cells of the grid, cubes, along the patch's longest extent in mm. */
  readonly cells: number;
  /**
   * The greatest displacement that is drawn for a point of the grid, along each axis and as a share of a cell; up to
   * 0.4 nothing folds (Choi and Lee, "Injectivity conditions of 2D and 3D uniform cubic B-spline functions", 2000).
   */
  readonly displacement: number;
  /** Probability that a patch is bent. */
  readonly probability: number;
}

/** Four control points, their weights at each voxel along an axis: [extent, 4], from the control point `starts` on. */
interface Spline {
  readonly starts: Int32Array;
  readonly weights: Float32Array;
  /** Control points. */
  readonly count: number;
}

/**
 * Where each voxel of a patch is moved: [3, z, y, x], the displacement along z, y, x in voxels. How strong it is, up to
 * what the settings say, is drawn for the whole patch.
 *
 * @param options.across an axis along which nothing is moved
 */
export function displacementField(
  shape: Triple,
  spacing: Triple,
  { cells, displacement, across, rng }: Omit<ElasticAugmentation, "probability"> & {
    across: number | undefined;
    rng: Rng;
  },
): Float32Array {
  const cell = Math.max(...shape.map((extent, axis) => extent * spacing[axis])) / cells; // mm
  const splines = shape.map((extent, axis) => splineOf(extent, spacing[axis] / cell));
  const reach = rng.uniform(0, displacement) * cell; // mm
  const field = new Float32Array(3 * voxelCount(shape));
  for (let axis = 0; axis < 3; axis++) {
    if (axis === across) continue;
    const greatest = reach / spacing[axis];
    let values = new Float32Array(splines.reduce((product, { count }) => product * count, 1));
    for (let i = 0; i < values.length; i++) values[i] = rng.uniform(-greatest, greatest);
    const dims = splines.map(({ count }) => count);
    for (const along of [2, 1, 0]) {
      values = interpolate(values, dims, along, splines[along]);
      dims[along] = shape[along];
    }
    field.set(values, axis * values.length);
  }
  return field;
}

/** @param step a voxel's extent in cells */
function splineOf(extent: number, step: number): Spline {
  const starts = new Int32Array(extent);
  const weights = new Float32Array(4 * extent);
  for (let i = 0; i < extent; i++) {
    const place = (i + 0.5) * step;
    const t = place - (starts[i] = Math.floor(place));
    weights.set([(1 - t) ** 3, 3 * t ** 3 - 6 * t ** 2 + 4, -3 * t ** 3 + 3 * t ** 2 + 3 * t + 1, t ** 3], 4 * i);
  }
  for (let i = 0; i < weights.length; i++) weights[i] /= 6;
  return { starts, weights, count: starts[extent - 1] + 4 };
}

/** Values at control points along one axis to values at voxels along it. */
function interpolate(
  values: Float32Array,
  dims: readonly number[],
  axis: number,
  { starts, weights, count }: Spline,
): Float32Array<ArrayBuffer> {
  const stride = dims.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const outer = values.length / (count * stride);
  const extent = starts.length;
  const result = new Float32Array(outer * extent * stride);
  for (let block = 0, to = 0; block < outer; block++) {
    for (let i = 0; i < extent; i++) {
      const from = (block * count + starts[i]) * stride;
      const [a, b, c, d] = weights.subarray(4 * i, 4 * i + 4);
      for (let k = from; k < from + stride; k++, to++) {
        result[to] = a * values[k] + b * values[k + stride] + c * values[k + 2 * stride] + d * values[k + 3 * stride];
      }
    }
  }
  return result;
}
