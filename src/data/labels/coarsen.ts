/**
 * Labels on a coarser grid.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import { voxelCount } from "../volume.ts";

/**
 * The label that most voxels of each window have; of those that as many have, the one that comes first in it. Voxels
 * that nobody annotated count as those of a class.
 *
 * @param labels [patches, depth, height, width]
 * @param shape depth, height, width: multiples of `factor`
 * @param factor a window's extents along z, y, x
 * @returns [patches, depth / factor, height / factor, width / factor]
 */
export function coarsenLabels(labels: Uint8Array, shape: Triple, factor: Triple): Uint8Array {
  const [, height, width] = shape, window = voxelCount(factor);
  const coarse = new Uint8Array(labels.length / window);
  const offsets = Int32Array.from({ length: window }, (_, i) => {
    const z = Math.floor(i / (factor[1] * factor[2])), y = Math.floor(i / factor[2]) % factor[1];
    return (z * height + y) * width + i % factor[2];
  });
  const counts = new Int32Array(256);
  const rows = height / factor[1], columns = width / factor[2];
  for (let to = 0; to < coarse.length; to++) {
    const row = Math.floor(to / columns), plane = Math.floor(row / rows);
    const from = (plane * factor[0] * height + row % rows * factor[1]) * width + to % columns * factor[2];
    let most = labels[from];
    for (const offset of offsets) counts[labels[from + offset]]++;
    for (const offset of offsets) if (counts[labels[from + offset]] > counts[most]) most = labels[from + offset];
    for (const offset of offsets) counts[labels[from + offset]] = 0;
    coarse[to] = most;
  }
  return coarse;
}
