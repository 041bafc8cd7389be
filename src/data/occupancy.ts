/**
 * Soft labels: which share of a voxel each class takes, where labels were brought to a coarser grid. A voxel at a
 * structure's border is partly of it; a hard label says all or nothing of it.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import { voxelCount } from "./volume.ts";

/** The shares of classes, in memory that threads share. */
export interface Occupancy {
  /** [class, z, y, x], shares in 255ths; of a voxel that nobody annotated at all, 0 for every class. */
  readonly shares: Uint8Array;
  /** Background included. */
  readonly classes: number;
}

/**
 * Brings the shares of a plane to 255ths of what somebody annotated of each voxel.
 *
 * @param shares of each class, [y, x]; more than there are classes of are left out
 * @param take gets the plane of each class, [y, x]; it holds until the next one
 */
export function quantiseShares(
  shares: readonly Float32Array[],
  classes: number,
  take: (plane: Uint8Array, label: number) => void,
): void {
  const area = shares[0].length;
  const total = new Float32Array(area);
  for (let label = 0; label < classes; label++) for (let i = 0; i < area; i++) total[i] += shares[label][i];
  const plane = new Uint8Array(area);
  for (let label = 0; label < classes; label++) {
    const share = shares[label];
    for (let i = 0; i < area; i++) plane[i] = total[i] > 0 ? Math.round(255 * share[i] / total[i]) : 0;
    take(plane, label);
  }
}

/** What {@linkcode resampleShares} samples at. */
export interface ResampleSharesOptions {
  /** Voxels of the volume along z, y, x. */
  volume: Triple;
  /** Voxels of the patch along z, y, x. */
  shape: Triple;
  /** 3x4, row by row: patch voxel index (z, y, x, 1) to volume voxel index. */
  matrix: Float64Array;
  /** Where patch voxels are moved beside, as `displacementField` gives it. */
  bends?: Float32Array;
}

/**
 * The shares at a patch's voxels, trilinear, beyond the volume those of its border: [z, y, x, class], 1 together, or 0
 * for every class where nobody annotated anything around.
 */
export function resampleShares({ shares, classes }: Occupancy, options: ResampleSharesOptions): Float32Array {
  const { volume: [depth, height, width], shape, matrix: m, bends } = options;
  const [size, voxels] = [depth * height * width, voxelCount(shape)];
  const result = new Float32Array(voxels * classes);
  let voxel = 0;
  for (let k = 0; k < shape[0]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[2]; i++, voxel++) {
        const z = within(at(m, 0, k, j, i) + (bends ? bends[voxel] : 0), depth);
        const y = within(at(m, 4, k, j, i) + (bends ? bends[voxels + voxel] : 0), height);
        const x = within(at(m, 8, k, j, i) + (bends ? bends[2 * voxels + voxel] : 0), width);
        const [z0, y0, x0] = [z | 0, y | 0, x | 0];
        const dz = z0 < depth - 1 ? height * width : 0, dy = y0 < height - 1 ? width : 0, dx = x0 < width - 1 ? 1 : 0;
        const fz = z - z0, fy = y - y0, fx = x - x0;
        let from = (z0 * height + y0) * width + x0, total = 0;
        for (let label = 0; label < classes; label++, from += size) {
          const a = shares[from] + fx * (shares[from + dx] - shares[from]);
          const b = shares[from + dy] + fx * (shares[from + dy + dx] - shares[from + dy]);
          const c = shares[from + dz] + fx * (shares[from + dz + dx] - shares[from + dz]);
          const d = shares[from + dz + dy] + fx * (shares[from + dz + dy + dx] - shares[from + dz + dy]);
          const front = a + fy * (b - a);
          const value = front + fz * (c + fy * (d - c) - front);
          result[voxel * classes + label] = value;
          total += value;
        }
        if (total > 0) { for (let label = 0; label < classes; label++) result[voxel * classes + label] /= total; }
      }
    }
  }
  return result;
}

function at(m: Float64Array, row: number, k: number, j: number, i: number): number {
  return m[row] * k + m[row + 1] * j + m[row + 2] * i + m[row + 3];
}

function within(place: number, extent: number): number {
  return place < 0 ? 0 : place > extent - 1 ? extent - 1 : place;
}

/** Shares of hard labels: [z, y, x, class], all of the label's, none where nobody annotated. */
export function sharesOfLabels(labels: Uint8Array, classes: number): Float32Array {
  const result = new Float32Array(labels.length * classes);
  for (let voxel = 0; voxel < labels.length; voxel++) {
    if (labels[voxel] < classes) result[voxel * classes + labels[voxel]] = 1;
  }
  return result;
}

/**
 * Shares on a coarser grid: of each window the mean over its annotated voxels.
 *
 * @param shares [patches, depth, height, width, class]
 * @param shape depth, height, width: multiples of `factor`
 * @param factor a window's extents along z, y, x
 * @returns [patches, depth / factor, height / factor, width / factor, class], 1 together, or 0 where none is annotated
 */
export function coarsenShares(shares: Float32Array, classes: number, shape: Triple, factor: Triple): Float32Array {
  const [depth, height, width] = shape;
  const rows = height / factor[1], columns = width / factor[2], planes = depth / factor[0];
  const coarse = new Float32Array(shares.length / voxelCount(factor));
  for (let voxel = 0, from = 0; from < shares.length; voxel++) {
    const row = Math.floor(voxel / width), plane = Math.floor(row / height), patch = Math.floor(plane / depth);
    const z = patch * planes + Math.floor(plane % depth / factor[0]);
    const to = (z * rows + Math.floor(row % height / factor[1])) * columns + Math.floor(voxel % width / factor[2]);
    for (let label = 0; label < classes; label++) coarse[to * classes + label] += shares[from++];
  }
  for (let to = 0; to < coarse.length; to += classes) {
    let total = 0;
    for (let label = 0; label < classes; label++) total += coarse[to + label];
    if (total > 0) { for (let label = 0; label < classes; label++) coarse[to + label] /= total; }
  }
  return coarse;
}
