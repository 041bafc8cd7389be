import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { IGNORED } from "../../src/data/labels/ignored.ts";
import { Rng } from "../../src/core/rng.ts";
import type { Triple } from "../../src/core/triple.ts";
import { type Patch, samplePatch } from "../../src/data/patches.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";

const SHAPE: Triple = [14, 18, 22];

/** A case whose image is one of the normalised coordinates z, y, x of each voxel. */
function coordinateCase(axis: number, spacing: Triple = [1, 1, 1], label?: Uint8Array): PreparedCase {
  const image = new Float32Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  let i = 0;
  for (let z = 0; z < SHAPE[0]; z++) {
    for (let y = 0; y < SHAPE[1]; y++) {
      for (let x = 0; x < SHAPE[2]; x++) image[i++] = ([z, y, x][axis] + 0.5) / SHAPE[axis];
    }
  }
  return {
    id: "a",
    subject: "a",
    shape: SHAPE,
    spacing,
    channels: 1,
    image,
    ...(label && { label }),
    source: {
      path: "",
      dims: [22, 18, 14],
      spacing: [1, 1, 1],
      affine: [],
      orientation: "RAS",
      labelValues: [0, 1, 2],
    },
  };
}

/** Calls back for each voxel with its index in the patch and its place by `toVolume`. */
function eachVoxel({ shape, toVolume: m }: Patch, visit: (index: number, place: number[]) => void): void {
  let index = 0;
  for (let k = 0; k < shape[0]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[2]; i++) {
        visit(index++, [0, 4, 8].map((row) => m[row] * k + m[row + 1] * j + m[row + 2] * i + m[row + 3]));
      }
    }
  }
}

const GEOMETRY = { rotation: [30, 20, 10] as Triple, scale: [0.7, 1.4] as const, flip: [0.5, 0.5, 0.5] as Triple };

Deno.test("an image of coordinates, sampled, shows the coordinates that toVolume gives", () => {
  for (let axis = 0; axis < 3; axis++) {
    const prepared = coordinateCase(axis, [3, 1, 1.5]);
    for (let seed = 0; seed < 20; seed++) {
      const patch = samplePatch(prepared, { shape: [6, 7, 8], rng: new Rng(seed), geometry: GEOMETRY });
      eachVoxel(patch, (index, place) => {
        // beyond the border voxels' centres the border continues
        const [first, last] = [0.5 / SHAPE[axis], (SHAPE[axis] - 0.5) / SHAPE[axis]];
        assertAlmostEquals(patch.image[index], Math.min(Math.max(place[axis], first), last), 1e-5);
      });
    }
  }
});

Deno.test("the geometry is a rotation with a scale and flips, in mm", () => {
  const spacing: Triple = [3, 1, 1.5];
  const prepared = coordinateCase(0, spacing);
  const flips = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    const { toVolume } = samplePatch(prepared, { shape: [4, 4, 4], rng: new Rng(seed), geometry: GEOMETRY });
    // columns in mm per mm of the patch
    const column = (c: number) => [0, 1, 2].map((r) => toVolume[r * 4 + c] * SHAPE[r] * spacing[r] / spacing[c]);
    const columns = [column(0), column(1), column(2)];
    const dot = (a: number[], b: number[]) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    const size = Math.sqrt(dot(columns[0], columns[0]));
    assert(size > 1 / 1.4 - 1e-9 && size < 1 / 0.7 + 1e-9);
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) assertAlmostEquals(dot(columns[a], columns[b]), a === b ? size * size : 0, 1e-9);
    }
    const [[a, b, c], [d, e, f], [g, h, i]] = columns;
    flips.add(Math.sign(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)));
  }
  assertEquals(flips, new Set([1, -1]));
});

Deno.test("without geometry a patch is a plain crop, inside the volume", () => {
  const prepared = coordinateCase(2);
  for (let seed = 0; seed < 30; seed++) {
    const patch = samplePatch(prepared, { shape: SHAPE.map((n) => n - 4) as unknown as Triple, rng: new Rng(seed) });
    eachVoxel(patch, (_, place) => place.forEach((value) => assert(value > 0 && value < 1)));
    assertAlmostEquals(patch.toVolume[10], 1 / SHAPE[2], 1e-12);
  }
});

Deno.test("a patch as large as the volume is the volume, a larger one is centred on it", () => {
  const prepared = coordinateCase(1);
  const same = samplePatch(prepared, { shape: SHAPE, rng: new Rng(1) });
  same.image.forEach((value, i) => assertAlmostEquals(value, prepared.image[i], 1e-6));
  const larger = samplePatch(prepared, { shape: [20, 20, 24], rng: new Rng(1) });
  const centre = [0, 4, 8].map((row) =>
    larger.toVolume[row] * 9.5 + larger.toVolume[row + 1] * 9.5 + larger.toVolume[row + 2] * 11.5 +
    larger.toVolume[row + 3]
  );
  centre.forEach((value) => assertAlmostEquals(value, 0.5, 1e-12));
});

Deno.test("a given centre is the middle of the patch, also at the border", () => {
  const patch = samplePatch(coordinateCase(0), { shape: [5, 5, 5], rng: new Rng(1), centre: [0.1, 0.5, 0.95] });
  const middle = [0, 4, 8].map((row) =>
    2 * (patch.toVolume[row] + patch.toVolume[row + 1] + patch.toVolume[row + 2]) + patch.toVolume[row + 3]
  );
  [0.1, 0.5, 0.95].forEach((value, axis) => assertAlmostEquals(middle[axis], value, 1e-12));
});

Deno.test("labels come along, by nearest neighbour", () => {
  const label = Uint8Array.from(coordinateCase(1).image, (y) => y < 0.4 ? 0 : y < 0.7 ? 1 : 2);
  const prepared = coordinateCase(1, [1, 1, 1], label);
  const patch = samplePatch(prepared, { shape: [8, 8, 8], rng: new Rng(3), geometry: GEOMETRY });
  let mistakes = 0;
  eachVoxel(patch, (index, place) => {
    const row = Math.min(Math.max(Math.round(place[1] * SHAPE[1] - 0.5), 0), SHAPE[1] - 1);
    if (patch.label![index] !== label[row * SHAPE[2]]) mistakes++;
  });
  assert(mistakes <= 2); // rounding at exact halves
});

Deno.test("foreground centres visit every class alike, however small", () => {
  const label = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  label.fill(1, 0, 3000);
  label[5000] = 2; // one voxel
  const prepared = coordinateCase(0, [1, 1, 1], label);
  const rng = new Rng(5);
  let seen = 0;
  for (let trial = 0; trial < 400; trial++) {
    const patch = samplePatch(prepared, { shape: [3, 3, 3], rng, foregroundProbability: 1 });
    assert(patch.label!.some((value) => value > 0));
    if (patch.label!.includes(2)) seen++;
  }
  assert(seen > 150 && seen < 250);
});

Deno.test("what nobody annotated is no foreground", () => {
  const label = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2]).fill(IGNORED);
  label[2000] = 2;
  const options = { shape: [3, 3, 3] as Triple, foregroundProbability: 1 };
  const rng = new Rng(5);
  for (let trial = 0; trial < 20; trial++) {
    assert(samplePatch(coordinateCase(0, [1, 1, 1], label), { ...options, rng }).label!.includes(2));
  }
  const unknown = coordinateCase(0, [1, 1, 1], new Uint8Array(label.length).fill(IGNORED));
  assertEquals(samplePatch(unknown, { ...options, rng }).label, new Uint8Array(27).fill(IGNORED));
});

Deno.test("a case without labels or without foreground is sampled anywhere", () => {
  const options = { shape: [3, 3, 3] as Triple, foregroundProbability: 1 };
  assertEquals(samplePatch(coordinateCase(0), { ...options, rng: new Rng(1) }).label, undefined);
  const empty = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  assertEquals(samplePatch(coordinateCase(0, [1, 1, 1], empty), { ...options, rng: new Rng(1) }).label!.length, 27);
});

Deno.test("the same seed gives the same patch", () => {
  const sample = (seed: number) =>
    samplePatch(coordinateCase(0), {
      shape: [6, 6, 6],
      rng: new Rng(seed),
      geometry: GEOMETRY,
      foregroundProbability: 0.5,
    });
  assertEquals(sample(4), sample(4));
  assert(sample(4).image.some((value, i) => value !== sample(5).image[i]));
});

Deno.test("a volume of one slice can be sampled", () => {
  const flat: PreparedCase = { ...coordinateCase(0), shape: [1, 18, 22], image: new Float32Array(18 * 22).fill(2) };
  const patch = samplePatch(flat, { shape: [4, 8, 8], rng: new Rng(1), geometry: GEOMETRY });
  assert(patch.image.every((value) => value === 2));
});

Deno.test("a patch that is a slice is turned in its plane only, whatever the axis across it", () => {
  const prepared = coordinateCase(0);
  const across = (shape: Triple, axis: number) => {
    const { toVolume } = samplePatch(prepared, { shape, rng: new Rng(1), geometry: { rotation: 30 } });
    return [0, 1, 2].filter((row) => row !== axis).flatMap((
      row,
    ) => [toVolume[row * 4 + axis], toVolume[axis * 4 + row]]);
  };
  for (const axis of [0, 1, 2]) {
    const shape = (extent: number) => [0, 1, 2].map((one) => one === axis ? extent : 8) as unknown as Triple;
    for (const extent of [1, 2, 3]) assert(across(shape(extent), axis).every((value) => value === 0));
    assert(across(shape(4), axis).some((value) => value !== 0));
  }
});
