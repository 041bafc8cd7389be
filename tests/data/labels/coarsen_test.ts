import { assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import type { Triple } from "../../../src/core/triple.ts";
import { coarsenLabels } from "../../../src/data/labels/coarsen.ts";
import { IGNORED } from "../../../src/data/labels/ignored.ts";

/** The definition, window by window. */
function written(labels: Uint8Array, [depth, height, width]: Triple, [fz, fy, fx]: Triple): number[] {
  const coarse: number[] = [];
  for (let patch = 0; patch < labels.length; patch += depth * height * width) {
    for (let z = 0; z < depth; z += fz) {
      for (let y = 0; y < height; y += fy) {
        for (let x = 0; x < width; x += fx) {
          const votes = new Map<number, number>(); // in the order of their first voxel
          for (let k = 0; k < fz; k++) {
            for (let j = 0; j < fy; j++) {
              for (let i = 0; i < fx; i++) {
                const label = labels[patch + ((z + k) * height + y + j) * width + x + i];
                votes.set(label, (votes.get(label) ?? 0) + 1);
              }
            }
          }
          const most = Math.max(...votes.values());
          coarse.push([...votes].find(([, count]) => count === most)![0]);
        }
      }
    }
  }
  return coarse;
}

Deno.test("each window gets the label that most of its voxels have, the first of those that as many have", () => {
  const rng = new Rng(1), shape: Triple = [4, 4, 8];
  for (const factor of [[1, 1, 1], [2, 2, 2], [1, 2, 4], [4, 4, 8]] as const) {
    for (const classes of [2, 3, 5]) {
      const labels = Uint8Array.from({ length: 3 * 128 }, () => rng.int(classes) || (rng.int(4) === 0 ? IGNORED : 0));
      assertEquals([...coarsenLabels(labels, shape, [...factor])], written(labels, shape, [...factor]));
    }
  }
});

Deno.test("a window of more voxels than a byte counts is counted, too", () => {
  const labels = new Uint8Array(8 ** 3).fill(1, 0, 257);
  assertEquals([...coarsenLabels(labels, [8, 8, 8], [8, 8, 8])], [1]);
});

Deno.test("by hand: a row of eight, a tie, an unannotated majority", () => {
  const labels = Uint8Array.of(0, 2, 2, 2, 1, 0, IGNORED, IGNORED);
  assertEquals([...coarsenLabels(labels, [1, 1, 8], [1, 1, 2])], [0, 2, 1, IGNORED]);
});
