import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import type { Triple } from "../../src/core/triple.ts";
import { PlaneSums } from "../../src/segmentation/_plane_sums.ts";
import { windowStarts } from "../../src/segmentation/inference.ts";

/** Shapes that are larger than a window, smaller, and as large, with overlaps that divide evenly and that do not. */
const VOLUMES: readonly [shape: Triple, patch: Triple, overlap: number][] = [
  [[13, 7, 9], [4, 4, 4], 0.5],
  [[13, 7, 9], [5, 3, 8], 0.25],
  [[13, 7, 9], [5, 3, 8], 0],
  [[3, 9, 2], [4, 4, 4], 0.5],
  [[4, 4, 4], [4, 4, 4], 0.5],
  [[9, 1, 1], [2, 8, 8], 0.9],
];

for (const [shape, patch, overlap] of VOLUMES) {
  Deno.test(`windows of ${patch} added up plane by plane have the bits of sums of the whole ${shape}`, () => {
    const rng = new Rng(1), classes = 3;
    const [zs, ys, xs] = [0, 1, 2].map((axis) => windowStarts(shape[axis], patch[axis], overlap));
    const weights = patch.map((extent) => Float64Array.from({ length: extent }, () => rng.uniform(0.1, 1)));
    const totals = shape.map((extent) => Float64Array.from({ length: extent }, () => rng.uniform(1, 2)));
    const taken: number[] = [], sizes: number[] = [];
    const plane = shape[1] * shape[2] * classes;
    const take = (planes: Float32Array, own: number) => {
      assertEquals(own, classes);
      taken.push(...planes);
      sizes.push(planes.length / plane);
    };
    const sums = new PlaneSums({ shape, patch, classes, weights, totals, take });
    const whole = new Float32Array(shape[0] * plane);
    for (const z of zs) {
      for (const y of ys) {
        for (const x of xs) {
          const own = Float32Array.from({ length: patch[0] * patch[1] * patch[2] * classes }, () => rng.uniform(0, 1));
          own.forEach((probability, i) => {
            const voxel = Math.floor(i / classes);
            const at = [
              Math.floor(voxel / patch[1] / patch[2]),
              Math.floor(voxel / patch[2]) % patch[1],
              voxel % patch[2],
            ];
            const [k, j, l] = [z + at[0], y + at[1], x + at[2]];
            if (k < 0 || j < 0 || l < 0 || k >= shape[0] || j >= shape[1] || l >= shape[2]) return;
            const weight = weights[0][at[0]] * weights[1][at[1]] * weights[2][at[2]];
            whole[((k * shape[1] + j) * shape[2] + l) * classes + i % classes] += weight * probability;
          });
          sums.add(own, [z, y, x]);
        }
      }
    }
    sums.finish(shape[0]);
    const expected = whole.map((sum, i) => {
      const voxel = Math.floor(i / classes);
      const [z, y] = [Math.floor(voxel / shape[1] / shape[2]), Math.floor(voxel / shape[2]) % shape[1]];
      return sum / (totals[0][z] * totals[1][y] * totals[2][voxel % shape[2]]);
    });
    assertEquals(Float32Array.from(taken), expected);
    assert(sizes.every((planes) => planes <= patch[0]), `${sizes}`);
    if (zs.length > 1) assert(sizes.length > 1);
  });
}
