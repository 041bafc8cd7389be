/**
 * Boxes of voxels that are pasted from one patch into another.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import type { Box } from "./variant.ts";

/** A box somewhere in a patch of `shape`, each of its sides a share of the patch's between `least` and `most`. */
export function drawBox(shape: Triple, [least, most]: readonly [least: number, most: number], rng: Rng): Box {
  const size = perAxis((axis) => Math.max(1, Math.round(shape[axis] * rng.uniform(least, most))));
  return { size, start: perAxis((axis) => rng.int(shape[axis] - size[axis] + 1)) };
}

/** Copies the box's voxels between patches of `shape`, [depth, height, width, channels], to the same place. */
export function copyBox<T extends Float32Array | Uint8Array | Int32Array>(
  from: T,
  to: T,
  shape: Triple,
  { start, size }: Box,
): void {
  const [, height, width] = shape;
  const channels = from.length / (shape[0] * height * width);
  for (let z = start[0]; z < start[0] + size[0]; z++) {
    for (let y = start[1]; y < start[1] + size[1]; y++) {
      const first = ((z * height + y) * width + start[2]) * channels;
      to.set(from.subarray(first, first + size[2] * channels), first);
    }
  }
}
