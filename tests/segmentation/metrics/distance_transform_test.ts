import { assert, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import type { Triple } from "../../../src/core/triple.ts";
import { distancesBetween } from "../../../src/segmentation/metrics/_distances_between.ts";
import { squaredDistances } from "../../../src/segmentation/metrics/distance_transform.ts";

/** By definition: the nearest of all voxels of the mask. */
function bruteForce(mask: Uint8Array, dims: Triple, spacing: Triple): Float64Array {
  const at = (i: number) => [i % dims[0], Math.floor(i / dims[0]) % dims[1], Math.floor(i / (dims[0] * dims[1]))];
  const points = [...mask.keys()].filter((i) => mask[i] !== 0).map(at);
  return Float64Array.from(mask, (_, i) => {
    const here = at(i);
    return Math.min(
      ...points.map((point) => point.reduce((sum, p, axis) => sum + ((p - here[axis]) * spacing[axis]) ** 2, 0)),
    );
  });
}

Deno.test("the distance transform is exact on grids of any shape, spacing and density", () => {
  const rng = new Rng(4);
  for (let trial = 0; trial < 120; trial++) {
    const dims: Triple = [1 + rng.int(9), 1 + rng.int(9), 1 + rng.int(9)];
    const spacing: Triple = [rng.uniform(0.1, 3), rng.uniform(0.1, 3), rng.uniform(0.1, 12)];
    const density = rng.pick([0.01, 0.1, 0.5, 1]);
    const mask = Uint8Array.from({ length: dims[0] * dims[1] * dims[2] }, () => rng.chance(density) ? 1 : 0);
    const expected = bruteForce(mask, dims, spacing);
    squaredDistances(mask, { dims, spacing }).forEach((value, i) => {
      assert(
        value === expected[i] || Math.abs(value - expected[i]) < 1e-12 * expected[i],
        `trial ${trial}, voxel ${i}`,
      );
    });
  }
});

Deno.test("columns of a grid have the bits that they have in the whole, and so have distances found part by part", () => {
  const rng = new Rng(5), dims: Triple = [9, 5, 4], spacing: Triple = [0.7, 1.3, 2.9], grid = { dims, spacing };
  const mask = () => Uint8Array.from({ length: 180 }, () => rng.chance(0.1) ? 1 : 0);
  const [surface, to] = [mask(), mask()];
  const whole = squaredDistances(to, grid);
  for (const [from, end] of [[0, 9], [0, 1], [3, 7], [8, 9]]) {
    const expected = whole.filter((_, i) => i % 9 >= from && i % 9 < end);
    assertEquals(squaredDistances(to, grid, { from, to: end }), expected);
  }
  const expected = whole.filter((_, i) => surface[i] !== 0).map(Math.sqrt).sort();
  for (const voxels of [1, 40, 100, 2 ** 20]) assertEquals(distancesBetween(surface, to, grid, { voxels }), expected);
});

Deno.test("an empty mask is infinitely far from everywhere", () => {
  assertEquals(
    [...squaredDistances(new Uint8Array(6), { dims: [3, 2, 1], spacing: [1, 1, 1] })],
    Array(6).fill(Infinity),
  );
});

Deno.test("a mask that is not its grid's, and a voxel without size, are refused", () => {
  const refused = (length: number, spacing: Triple) => () =>
    squaredDistances(new Uint8Array(length), { dims: [2, 2, 2], spacing });
  assertThrows(refused(7, [1, 1, 1]), RangeError, "the 8 voxels of its grid, got 7");
  assertThrows(refused(8, [1, 0, 1]), RangeError, "must be positive, got 1 x 0 x 1");
  assertThrows(refused(8, [1, Infinity, 1]), RangeError, "must be positive");
});
