/**
 * Places that two patches of one volume both show.
 *
 * @module
 */
import type { Rng } from "../core/rng.ts";
import { perAxis, type Triple } from "../core/triple.ts";
import { voxelCount } from "../data/volume.ts";
import { volumePosition } from "./_positions.ts";
import type { PatchPlace } from "./projection.ts";

/** Options of {@linkcode matchPlaces}. */
export interface MatchOptions {
  /** Voxels of a patch along z, y, x. */
  patch: Triple;
  /** Voxels, along z, y, x, of the feature map whose voxels are matched. */
  extent: Triple;
  /** The most pairs. */
  count: number;
  /** Draws which. */
  rng: Rng;
}

/**
 * Pairs of voxels of the two patches' feature maps that show the same place, each voxel in one pair at most: those of
 * the first lie inside the volume and inside the second patch, where the nearest voxel is their partner.
 *
 * @returns the voxels of both, row-major indices, as many; fewer than `count` where no more match.
 */
export function matchPlaces(
  first: PatchPlace,
  second: PatchPlace,
  { patch, extent, count, rng }: MatchOptions,
): readonly [number[], number[]] {
  const toPatch = perAxis((axis) => patch[axis] / extent[axis]);
  const fromVolume = inverse(second.toVolume);
  const pairs: [number[], number[]] = [[], []];
  const taken = new Uint8Array(voxelCount(extent));
  for (const voxel of rng.shuffle(Array.from(taken, (_, index) => index))) {
    if (pairs[0].length === count) break;
    const place = volumePosition(first.toVolume, perAxis((axis) => (along(voxel, axis) + 0.5) * toPatch[axis] - 0.5));
    if (!place.every((value) => value >= 0 && value <= 1)) continue;
    const there = volumePosition(fromVolume, place); // in the second patch, in its voxels
    const nearest = perAxis((axis) => Math.round((there[axis] + 0.5) / toPatch[axis] - 0.5));
    if (!nearest.every((index, axis) => index >= 0 && index < extent[axis])) continue;
    const partner = (nearest[0] * extent[1] + nearest[1]) * extent[2] + nearest[2];
    if (taken[partner]) continue;
    taken[partner] = 1;
    pairs[0].push(voxel);
    pairs[1].push(partner);
  }
  return pairs;

  /** The index along an axis. */
  function along(voxel: number, axis: number): number {
    if (axis === 0) return Math.floor(voxel / (extent[1] * extent[2]));
    return axis === 1 ? Math.floor(voxel / extent[2]) % extent[1] : voxel % extent[2];
  }
}

/** The affine, 3x4 row-major, that undoes another one. */
function inverse(m: Float64Array): Float64Array {
  const at = (row: number, column: number) => m[4 * (row % 3) + column % 3];
  const cofactor = (row: number, column: number) =>
    at(row + 1, column + 1) * at(row + 2, column + 2) - at(row + 1, column + 2) * at(row + 2, column + 1);
  const determinant = m[0] * cofactor(0, 0) + m[1] * cofactor(0, 1) + m[2] * cofactor(0, 2);
  const result = new Float64Array(12);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      const value = cofactor(column, row) / determinant; // transposed: the adjugate
      result[4 * row + column] = value;
      result[4 * row + 3] -= value * m[4 * column + 3];
    }
  }
  return result;
}
