/**
 * The largest connected part of each class: what a teacher sees besides is mostly wrong (BCP, arXiv 2305.00673).
 *
 * @module
 */
import { IGNORED } from "../../data/labels/ignored.ts";
import type { Triple } from "../../core/triple.ts";

/**
 * Ignores in place whatever of a class, but for class 0, lies apart from its largest part; voxels are connected by
 * faces. Of parts of one size the first is kept.
 *
 * @param labels [depth, height, width], classes or `IGNORED`
 */
export function keepLargestParts(labels: Uint8Array, shape: Triple): void {
  const parts = partsOf(labels, shape);
  const largest = new Map<number, Int32Array>();
  for (const part of parts) {
    const label = labels[part[0]];
    if (part.length > (largest.get(label)?.length ?? 0)) largest.set(label, part);
  }
  for (const part of parts) {
    if (largest.get(labels[part[0]]) !== part) { for (const voxel of part) labels[voxel] = IGNORED; }
  }
}

/** The voxels of each connected part of a class other than 0. */
function partsOf(labels: Uint8Array, [depth, height, width]: Triple): Int32Array[] {
  const plane = height * width;
  const seen = new Uint8Array(labels.length), found = new Int32Array(labels.length);
  const parts: Int32Array[] = [];
  for (let first = 0; first < labels.length; first++) {
    const label = labels[first];
    if (seen[first] || label === 0 || label === IGNORED) continue;
    let count = 0;
    const reach = (voxel: number) => {
      if (seen[voxel] || labels[voxel] !== label) return;
      seen[voxel] = 1;
      found[count++] = voxel;
    };
    reach(first);
    for (let next = 0; next < count; next++) {
      const voxel = found[next];
      const x = voxel % width, y = Math.floor(voxel / width) % height, z = Math.floor(voxel / plane);
      if (x > 0) reach(voxel - 1);
      if (x < width - 1) reach(voxel + 1);
      if (y > 0) reach(voxel - width);
      if (y < height - 1) reach(voxel + width);
      if (z > 0) reach(voxel - plane);
      if (z < depth - 1) reach(voxel + plane);
    }
    parts.push(found.slice(0, count));
  }
  return parts;
}
