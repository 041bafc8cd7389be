/**
 * The exact Euclidean distance transform on anisotropic voxels, in time linear in the number of voxels.
 *
 * Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8:415 (2012): the
 * squared distance is a sum over axes, so one pass an axis computes it; each pass takes the lower envelope of one
 * parabola a voxel.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import { voxelCount } from "../../data/volume.ts";

/** The grid that a mask lies on. */
export interface MaskGrid {
  /** Voxels along x, y, z; x is fastest in memory. */
  readonly dims: Triple;
  /** Voxel size along x, y, z in mm. */
  readonly spacing: Triple;
}

/** The parabolas of one line's lower envelope, reused from line to line. */
interface Envelope {
  /** Voxel at which the k-th parabola has its apex. */
  readonly apexes: Int32Array;
  /** Position in mm from which the k-th parabola is the lowest. */
  readonly starts: Float64Array;
  /** The line's values, before they are overwritten. */
  readonly heights: Float64Array;
}

/** Which part of a grid is wanted along x. */
export interface Columns {
  /** The first. @default 0 */
  from?: number;
  /** The one behind the last. @default all */
  to?: number;
}

/**
 * The squared distance in mm^2 from each voxel's centre to the centre of the nearest voxel of `mask`; Infinity
 * everywhere where the mask is empty.
 *
 * @param mask non-zero where a voxel belongs to it
 * @param columns of the grid whose distances are wanted: those of a large one would take eight bytes a voxel
 * @returns x fastest, of the wanted columns only
 * @throws {RangeError} if the mask is not as long as its grid, or a voxel size is not positive.
 */
export function squaredDistances(
  mask: ArrayLike<number>,
  { dims, spacing }: MaskGrid,
  { from = 0, to = dims[0] }: Columns = {},
): Float64Array {
  if (mask.length !== voxelCount(dims)) {
    throw new RangeError(`a mask must have the ${voxelCount(dims)} voxels of its grid, got ${mask.length}`);
  }
  if (!spacing.every((size) => size > 0 && Number.isFinite(size))) {
    throw new RangeError(`a voxel size must be positive, got ${spacing.join(" x ")}`);
  }
  const longest = Math.max(...dims);
  const envelope: Envelope = {
    apexes: new Int32Array(longest),
    starts: new Float64Array(longest),
    heights: new Float64Array(longest),
  };
  const [width, height, depth] = [to - from, dims[1], dims[2]];
  const distances = new Float64Array(width * height * depth);
  const row = new Float64Array(dims[0]);
  for (let y = 0; y < height * depth; y++) {
    for (let x = 0; x < row.length; x++) row[x] = mask[y * row.length + x] === 0 ? Infinity : 0;
    transformLine(row, { start: 0, stride: 1, length: row.length }, spacing[0], envelope);
    distances.set(row.subarray(from, to), y * width);
  }
  const plane = width * height;
  for (let z = 0; z < depth; z++) {
    for (let x = 0; x < width; x++) {
      transformLine(distances, { start: z * plane + x, stride: width, length: height }, spacing[1], envelope);
    }
  }
  for (let start = 0; start < plane; start++) {
    transformLine(distances, { start, stride: plane, length: depth }, spacing[2], envelope);
  }
  return distances;
}

interface Line {
  start: number;
  stride: number;
  length: number;
}

/** Replaces a line's f(q) by min over q of (p - q)^2 + f(q), with positions in mm. */
function transformLine(values: Float64Array, { start, stride, length }: Line, size: number, envelope: Envelope): void {
  const { apexes, starts, heights } = envelope;
  let count = 0;
  for (let q = 0; q < length; q++) {
    const height = heights[q] = values[start + q * stride];
    if (height === Infinity) continue;
    let from = -Infinity;
    while (count > 0) {
      const apex = apexes[count - 1];
      // where the parabolas of q and of the last apex meet
      from = ((height - heights[apex]) / (size * (q - apex)) + size * (q + apex)) / 2;
      if (from > starts[count - 1]) break;
      count--;
    }
    apexes[count] = q;
    starts[count] = count === 0 ? -Infinity : from;
    count++;
  }
  if (count === 0) return;
  for (let p = 0, k = 0; p < length; p++) {
    while (k + 1 < count && starts[k + 1] < p * size) k++;
    const offset = (p - apexes[k]) * size;
    values[start + p * stride] = offset * offset + heights[apexes[k]];
  }
}
