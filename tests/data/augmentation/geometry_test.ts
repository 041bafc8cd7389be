import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import type { Triple } from "../../../src/core/triple.ts";
import { type GeometryAugmentation, geometryMatrix } from "../../../src/data/augmentation/geometry.ts";
import { axisAcrossSlices } from "../../../src/data/augmentation/slices.ts";

const THIN: Triple = [10, 3, 3];

function drawn(geometry: GeometryAugmentation, spacing: Triple, count = 200): Float64Array[] {
  const rng = new Rng(1);
  return Array.from({ length: count }, () => geometryMatrix(spacing, [8, 16, 16], geometry, rng));
}

Deno.test("slices are thick by their voxel size, or else by the patch's extents, along any axis", () => {
  assertEquals(axisAcrossSlices([16, 16, 16], [10, 3, 3]), 0);
  assertEquals(axisAcrossSlices([16, 16, 16], [1, 1, 3.5]), 2);
  assertEquals(axisAcrossSlices([16, 16, 16], [3, 1, 1]), undefined);
  assertEquals(axisAcrossSlices([8, 44, 44], [3, 1, 1]), 0);
  assertEquals(axisAcrossSlices([44, 8, 44], [1, 1, 1]), 1);
  assertEquals(axisAcrossSlices([15, 44, 44], [1, 1, 1]), undefined);
});

Deno.test("thick slices are turned freely and scaled in their plane, and not at all out of it", () => {
  const geometry = { rotation: 30, rotationInPlane: 180, scale: [0.7, 1.4] as const };
  const angles: number[] = [];
  for (const m of drawn(geometry, THIN)) {
    assertEquals([m[0], m[1], m[2], m[3], m[6]].map(Math.abs), [1, 0, 0, 0, 0]);
    const size = Math.hypot(m[4], m[7]);
    assert(size > 1 / 1.4 - 1e-9 && size < 1 / 0.7 + 1e-9);
    assertAlmostEquals(m[4] * m[5] + m[7] * m[8], 0, 1e-9);
    angles.push(Math.atan2(m[7], m[4]) * 180 / Math.PI);
  }
  assert(Math.max(...angles) > 160 && Math.min(...angles) < -160);
});

Deno.test("other volumes are turned about all axes, up to the smaller angle", () => {
  const tilts = drawn({ rotation: 30, rotationInPlane: 180 }, [1, 1, 1]).map((m) => Math.hypot(m[3], m[6]));
  assert(Math.max(...tilts) > 0.3 && tilts.every((tilt) => tilt < Math.sin(Math.PI / 3)));
});

Deno.test("patches are turned and scaled as often as the probabilities say", () => {
  const geometry = { rotation: 30, rotationProbability: 0.2, scale: [0.7, 1.4] as const, scaleProbability: 0.4 };
  const all = drawn(geometry, [1, 1, 1], 1000);
  const turned = all.filter((m) => m[1] !== 0).length;
  const scaled = all.filter((m) => Math.abs(Math.hypot(m[0], m[3], m[6]) - 1) > 1e-9).length;
  assert(turned > 160 && turned < 240 && scaled > 350 && scaled < 450, `${turned} and ${scaled} of 1000`);
});

Deno.test("without probabilities the generator draws what it drew before there were any", () => {
  const rng = new Rng(3), same = new Rng(3);
  geometryMatrix([1, 1, 1], [8, 8, 8], { rotation: 15, scale: [0.8, 1.2], flip: [0.5, 0, 0] }, rng);
  for (let draw = 0; draw < 5; draw++) same.uniform(); // three angles, a scale, a flip
  assertEquals(rng.uniform(), same.uniform());
});
