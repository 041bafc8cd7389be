import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import type { Triple } from "../../../src/core/triple.ts";
import { displacementField } from "../../../src/data/augmentation/elastic.ts";
import { samplePatch } from "../../../src/data/patches.ts";
import type { PreparedCase } from "../../../src/data/prepare.ts";

const SHAPE: Triple = [12, 20, 24], SPACING: Triple = [2, 1, 1.5];
const VOXELS = 12 * 20 * 24;
const SETTINGS = { cells: 4, displacement: 0.4 };

const fieldOf = (seed: number, across?: number) =>
  displacementField(SHAPE, SPACING, { ...SETTINGS, across, rng: new Rng(seed) });

const at = (field: Float32Array, axis: number, [z, y, x]: Triple) => field[axis * VOXELS + (z * 20 + y) * 24 + x];

/** Calls back for each voxel that has a next one along every axis. */
function eachVoxel(visit: (place: Triple) => void): void {
  for (let z = 0; z < 11; z++) for (let y = 0; y < 19; y++) for (let x = 0; x < 23; x++) visit([z, y, x]);
}

Deno.test("displacements are drawn along all axes, no greater than the settings say in mm, and not across slices", () => {
  const greatest = 0.4 * 36 / 4; // mm; the longest extent is 24 x 1.5
  const field = fieldOf(1), flat = fieldOf(1, 0);
  for (let axis = 0; axis < 3; axis++) {
    const values = [...field.subarray(axis * VOXELS, (axis + 1) * VOXELS)].map((value) => value * SPACING[axis]);
    assert(values.every((value) => Math.abs(value) <= greatest) && values.some((value) => Math.abs(value) > 0.1));
    assertEquals(flat.subarray(axis * VOXELS, (axis + 1) * VOXELS).every((value) => value === 0), axis === 0);
  }
});

Deno.test("bends are smooth, and never fold", () => {
  for (let seed = 0; seed < 10; seed++) {
    const field = fieldOf(seed);
    eachVoxel((place) => {
      const j = [0, 1, 2].map((row) =>
        [0, 1, 2].map((axis) => {
          const next = place.map((value, other) => value + (other === axis ? 1 : 0)) as unknown as Triple;
          const slope = at(field, row, next) - at(field, row, place);
          assert(Math.abs(slope * SPACING[row]) < 1.5 * SPACING[axis]);
          return slope + (row === axis ? 1 : 0);
        })
      );
      const [[a, b, c], [d, e, f], [g, h, i]] = j;
      assert(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) > 0);
    });
  }
});

Deno.test("splines of equal control points are those points: the same displacement everywhere", () => {
  const always = { uniform: (low = 0, high = 1) => low + 0.75 * (high - low) } as Rng;
  const field = displacementField(SHAPE, SPACING, { ...SETTINGS, across: undefined, rng: always });
  const expected = 0.75 * 0.4 * 9 * 0.5; // 3/4 of the greatest reach, at 3/4 between -1 and 1
  for (let axis = 0; axis < 3; axis++) {
    for (const value of field.subarray(axis * VOXELS, (axis + 1) * VOXELS)) {
      assertAlmostEquals(value, expected / SPACING[axis], 1e-5);
    }
  }
});

Deno.test("a patch shows each voxel's place moved by the bends, image and label alike", () => {
  const shape: Triple = [30, 40, 50];
  const label = Uint8Array.from({ length: 60_000 }, (_, i) => i % 50);
  const prepared: PreparedCase = {
    id: "a",
    subject: "a",
    channels: 1,
    shape,
    spacing: SPACING,
    image: Float32Array.from(label),
    label,
    source: { path: "", dims: [50, 40, 30], spacing: SPACING, affine: [], orientation: "RAS", labelValues: [0] },
  };
  const geometry = { elastic: { ...SETTINGS, probability: 1 } };
  const sample = (bent: boolean) =>
    samplePatch(prepared, { shape: SHAPE, rng: new Rng(7), centre: [0.5, 0.5, 0.5], ...(bent && { geometry }) });
  const rng = new Rng(7);
  rng.chance(1); // whether it happens
  const field = displacementField(SHAPE, SPACING, { ...SETTINGS, across: undefined, rng });
  const [plain, bent] = [sample(false), sample(true)];
  bent.image.forEach((value, i) => assertAlmostEquals(value, plain.image[i] + field[2 * VOXELS + i], 1e-4));
  bent.label!.forEach((value, i) => assert(Math.abs(value - bent.image[i]) <= 0.5 + 1e-4));
});
