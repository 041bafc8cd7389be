/** Where a voxel of a patch lies in its volume. */
import { perAxis, type Triple } from "../core/triple.ts";

/** Normalised volume coordinates (z, y, x) of a position in a patch, in voxels; `toVolume` as in `Patch`. */
export function volumePosition(toVolume: Float64Array, [z, y, x]: Triple): Triple {
  const along = (row: number) =>
    toVolume[4 * row] * z + toVolume[4 * row + 1] * y + toVolume[4 * row + 2] * x + toVolume[4 * row + 3];
  return perAxis(along);
}
