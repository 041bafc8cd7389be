import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import type { Triple } from "../../src/core/triple.ts";
import { coarsenShares, type Occupancy, quantiseShares, sharesOfLabels } from "../../src/data/occupancy.ts";
import { samplePatch } from "../../src/data/patches.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";

const SHAPE: Triple = [7, 9, 8], VOXELS = 7 * 9 * 8;

/** A case whose image is the share of class 1, in 255ths. */
function caseOf(occupancy: Occupancy): PreparedCase {
  const { shares, classes } = occupancy;
  return {
    ...{ id: "a", subject: "a", channels: 1, shape: SHAPE, spacing: [3, 1, 1.5], occupancy },
    image: Float32Array.from(shares.subarray(VOXELS, 2 * VOXELS)),
    label: new Uint8Array(VOXELS),
    source: {
      ...{ path: "", dims: [8, 9, 7], spacing: [1.5, 1, 3], affine: [], orientation: "RAS" },
      labelValues: Array.from({ length: classes }, (_, i) => i),
    },
  };
}

function randomOccupancy(): Occupancy {
  const rng = new Rng(1);
  const shares = new Uint8Array(3 * VOXELS);
  for (let i = 0; i < VOXELS; i++) {
    shares[i] = rng.int(128);
    shares[VOXELS + i] = rng.int(128);
    shares[2 * VOXELS + i] = 255 - shares[i] - shares[VOXELS + i];
  }
  return { shares, classes: 3 };
}

Deno.test("shares are kept in 255ths of what somebody annotated of a voxel", () => {
  const planes: number[][] = [];
  const shares = [Float32Array.of(1, 0.25, 0.1, 0), Float32Array.of(0, 0.75, 0.1, 0), Float32Array.of(0, 0, 0.8, 1)];
  quantiseShares(shares, 2, (plane, label) => planes[label] = [...plane]); // the third is what nobody annotated
  assertEquals(planes, [[255, 64, 128, 0], [0, 191, 128, 0]]);
});

Deno.test("a patch's shares are sampled where its image is, and are 1 together", () => {
  const geometry = {
    rotation: 20,
    scale: [0.8, 1.25] as const,
    flip: [0.5, 0.5, 0.5] as Triple,
    elastic: { cells: 3, displacement: 0.4, probability: 0.5 },
  };
  const prepared = caseOf(randomOccupancy());
  for (let seed = 0; seed < 10; seed++) {
    const options = { shape: [4, 6, 5] as Triple, geometry };
    const { image, shares } = samplePatch(prepared, { ...options, rng: new Rng(seed), softLabels: true });
    image.forEach((value, voxel) => {
      assertAlmostEquals(shares![3 * voxel + 1], value / 255, 1e-5);
      assertAlmostEquals(shares![3 * voxel] + shares![3 * voxel + 1] + shares![3 * voxel + 2], 1, 1e-6);
    });
    assertEquals(samplePatch(prepared, { ...options, rng: new Rng(seed) }).shares, undefined);
  }
});

Deno.test("what nobody annotated has no share in a patch, and beside it the annotated rest counts as the whole", () => {
  const shares = new Uint8Array(2 * VOXELS);
  for (let i = 0; i < VOXELS; i++) if (i % 8 >= 4) shares[VOXELS + i] = 255; // class 1 where x is 4 or more
  const options = { shape: SHAPE, rng: new Rng(1), softLabels: true };
  const plain = samplePatch(caseOf({ shares, classes: 2 }), options).shares!;
  plain.forEach((share, i) => assertEquals(share, i % 2 === 1 && (i >> 1) % 8 >= 4 ? 1 : 0));
  const moved = samplePatch(caseOf({ shares, classes: 2 }), { ...options, centre: [0.5, 0.5, 0.55] }).shares!;
  assert(moved.every((share, i) => i % 2 === 1 ? share === 0 || Math.abs(share - 1) < 1e-6 : share === 0));
});

Deno.test("a hard label has all of its voxel, and what nobody annotated none", () => {
  assertEquals(sharesOfLabels(Uint8Array.of(1, 0, 255, 2), 3), Float32Array.of(0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1));
});

Deno.test("shares on a coarser grid are the mean of what is annotated of each window, in each patch", () => {
  const labels = Uint8Array.of(0, 1, 1, 1, /**/ 0, 1, 255, 255, /**/ 1, 1, 0, 0, /**/ 0, 0, 255, 255); // [2, 2, 1, 4]
  const coarse = coarsenShares(sharesOfLabels(labels, 2), 2, [2, 1, 4], [2, 1, 2]);
  assertEquals(coarse, Float32Array.of(0.5, 0.5, 0, 1, 0.5, 0.5, 1, 0));
  const fine = coarsenShares(sharesOfLabels(labels, 2), 2, [2, 2, 2], [1, 2, 1]);
  assertEquals(fine, Float32Array.of(0.5, 0.5, 0, 1, 1, 0, 0, 1, 0.5, 0.5, 0.5, 0.5, 1, 0, 1, 0));
});
