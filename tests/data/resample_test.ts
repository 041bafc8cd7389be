import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import type { Triple } from "../../src/core/triple.ts";
import { IGNORED } from "../../src/data/labels/ignored.ts";
import { resampleLabels, resampleLinear, resampleNearest } from "../../src/data/resample.ts";
import { voxelCount } from "../../src/data/volume.ts";
import { wholeLinear, wholeWinners } from "./_whole_volume.ts";

function fill(dims: Triple, value: (x: number, y: number, z: number) => number): Float32Array {
  const data = new Float32Array(voxelCount(dims));
  let i = 0;
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) for (let x = 0; x < dims[0]; x++) data[i++] = value(x, y, z);
  }
  return data;
}

/** Grids with each order of the axes from coarser to finer, equal ones, single voxels, and axes that stay. */
const GRIDS: readonly [Triple, Triple][] = [
  [[9, 7, 5], [4, 9, 11]],
  [[9, 7, 5], [13, 3, 6]],
  [[9, 7, 5], [11, 9, 2]],
  [[9, 7, 5], [4, 14, 3]],
  [[9, 7, 5], [14, 3, 4]],
  [[9, 7, 5], [2, 2, 9]],
  [[8, 6, 4], [16, 12, 8]],
  [[8, 6, 4], [4, 3, 2]],
  [[8, 6, 4], [8, 6, 9]],
  [[8, 6, 4], [8, 11, 4]],
  [[8, 6, 4], [3, 6, 4]],
  [[1, 5, 1], [6, 1, 4]],
  [[5, 1, 7], [1, 1, 1]],
  [[40, 3, 50], [3, 40, 4]],
];

Deno.test("plane by plane, an image has the same bits as in passes over the whole volume", () => {
  const rng = new Rng(3);
  for (const [dims, target] of GRIDS) {
    const image = fill(dims, () => 100 * rng.normal());
    assertEquals(resampleLinear(image, dims, target), wholeLinear(image, dims, target), `${dims} to ${target}`);
  }
});

Deno.test("plane by plane, labels have the same values as whole volumes of shares give", () => {
  const rng = new Rng(4);
  for (const [dims, target] of GRIDS) {
    const labels = Uint8Array.from(fill(dims, () => rng.int(4)));
    const expected = wholeWinners(
      4,
      voxelCount(target),
      (label) => wholeLinear(Float32Array.from(labels, (own) => Number(own === label)), dims, target),
    );
    assertEquals(resampleLabels(labels, dims, target, 4), expected, `${dims} to ${target}`);
    const unmarked = labels.map((label) => label === 3 ? IGNORED : label);
    const marked = expected.map((label) => label === 3 ? IGNORED : label);
    assertEquals(resampleLabels(unmarked, dims, target, 3), marked, `${dims} to ${target}`);
  }
});

Deno.test("a linear image stays linear wherever the kernel is inside, finer and coarser", () => {
  const dims: Triple = [12, 10, 8];
  const world = (index: number, axis: number, counts: Triple) => (index + 0.5) / counts[axis];
  const plane = (counts: Triple) => (x: number, y: number, z: number) =>
    world(x, 0, counts) + 2 * world(y, 1, counts) - 3 * world(z, 2, counts);
  // A sampled triangle is exact for whole ratios, and off by a few hundredths of a voxel between them.
  for (
    const [target, tolerance] of [
      [[24, 20, 16], 1e-5],
      [[17, 11, 9], 1e-5],
      [[6, 5, 4], 1e-5],
      [[12, 10, 8], 1e-5],
      [[7, 13, 8], 0.01],
      [[5, 20, 3], 0.01],
    ] as [Triple, number][]
  ) {
    const result = resampleLinear(fill(dims, plane(dims)), dims, target);
    const expected = fill(target, plane(target));
    const inner = (index: number, axis: number) => {
      const margin = Math.ceil(Math.max(1, target[axis] / dims[axis]));
      return index >= margin && index < target[axis] - margin;
    };
    let i = 0;
    for (let z = 0; z < target[2]; z++) {
      for (let y = 0; y < target[1]; y++) {
        for (let x = 0; x < target[0]; x++, i++) {
          if (inner(x, 0) && inner(y, 1) && inner(z, 2)) assertAlmostEquals(result[i], expected[i], tolerance);
        }
      }
    }
  }
});

Deno.test("going finer is interpolation between the neighbours, by hand", () => {
  assertEquals([...resampleLinear(new Float32Array([0, 4]), [2, 1, 1], [4, 1, 1])], [0, 1, 3, 4]);
});

Deno.test("going coarser averages, so that a fine pattern does not alias", () => {
  const stripes = fill([32, 1, 1], (x) => x % 2);
  for (const value of resampleLinear(stripes, [32, 1, 1], [8, 1, 1]).subarray(1, 7)) {
    assertAlmostEquals(value, 0.5, 1e-6);
  }
});

Deno.test("going coarser averages noise away", () => {
  const rng = new Rng(2);
  const noise = fill([64, 8, 8], () => rng.normal());
  const deviation = (data: Float32Array) =>
    Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  assertAlmostEquals(deviation(noise), 1, 0.05);
  assert(deviation(resampleLinear(noise, [64, 8, 8], [16, 8, 8])) < 0.5);
});

Deno.test("a constant stays constant, also on an axis of one voxel", () => {
  const result = resampleLinear(new Float32Array(6).fill(3), [3, 2, 1], [5, 1, 4]);
  assertEquals(result.length, 20);
  for (const value of result) assertAlmostEquals(value, 3, 1e-6);
});

Deno.test("nearest takes the label at each voxel's centre", () => {
  assertEquals([...resampleNearest(new Uint8Array([1, 2]), [2, 1, 1], [4, 1, 1])], [1, 1, 2, 2]);
  assertEquals([...resampleNearest(new Uint8Array([1, 2, 3, 4, 5, 6]), [6, 1, 1], [2, 1, 1])], [2, 5]);
});

Deno.test("labels resampled by class are never mixed into a third", () => {
  const dims: Triple = [8, 8, 8];
  const labels = Uint8Array.from(fill(dims, (x) => (x < 4 ? 0 : 2)));
  const result = resampleLabels(labels, dims, [12, 12, 12], 3);
  assertEquals(new Set(result), new Set([0, 2]));
  assertEquals(result.filter((label) => label === 2).length, 12 * 12 * 6);
});

Deno.test("voxels that nobody annotated keep their region, which no class grows into", () => {
  const dims: Triple = [8, 8, 8];
  const labels = Uint8Array.from(fill(dims, (x) => (x < 2 ? 0 : x < 4 ? 1 : IGNORED)));
  for (const result of [resampleLabels(labels, dims, [12, 12, 12], 2), resampleNearest(labels, dims, [12, 12, 12])]) {
    assertEquals(result.filter((label) => label === IGNORED).length, 12 * 12 * 6);
    assertEquals(result.filter((label) => label === 1).length, 12 * 12 * 3);
  }
});

Deno.test("a ball keeps its volume through finer labels and back", () => {
  const dims: Triple = [16, 16, 16];
  const rng = new Rng(1);
  const centre = [rng.uniform(7, 8), rng.uniform(7, 8), rng.uniform(7, 8)];
  const ball = Uint8Array.from(
    fill(dims, (x, y, z) => Math.hypot(x - centre[0], y - centre[1], z - centre[2]) < 5 ? 1 : 0),
  );
  const back = resampleLabels(resampleLabels(ball, dims, [24, 24, 24], 2), [24, 24, 24], dims, 2);
  const same = back.reduce((count, label, i) => count + (label === ball[i] ? 1 : 0), 0);
  assert(same / ball.length > 0.995);
});
