/** Where a voxel of a patch lies in its volume, and which maps of a backbone are read. */
import type { Extent3 } from "../engine/ops.ts";
import type { MapShape } from "./backbone.ts";

/** Normalised volume coordinates (z, y, x) of a position in a patch, in voxels; `toVolume` as in `Patch`. */
export function volumePosition(toVolume: Float64Array, [z, y, x]: Extent3): [number, number, number] {
  const along = (row: number) =>
    toVolume[4 * row] * z + toVolume[4 * row + 1] * y + toVolume[4 * row + 2] * x + toVolume[4 * row + 3];
  return [along(0), along(1), along(2)];
}

/**
 * The indices that `levels` name among `maps`, negative ones counted from the end; in order of fineness, without
 * repetition.
 *
 * @throws {RangeError} if a level does not exist.
 */
export function resolveLevels(levels: readonly number[], maps: readonly MapShape[]): number[] {
  const indices = levels.map((level) => {
    const index = level < 0 ? maps.length + level : level;
    if (!(index >= 0 && index < maps.length)) {
      throw new RangeError(`a projection's level must be one of the ${maps.length} feature maps, got ${level}`);
    }
    return index;
  });
  const voxels = (index: number) => maps[index].extent.reduce((product, extent) => product * extent, 1);
  return [...new Set(indices)].sort((a, b) => voxels(b) - voxels(a) || a - b);
}
