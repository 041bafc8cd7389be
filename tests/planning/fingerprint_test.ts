import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { median } from "../../src/core/statistics.ts";
import type { Triple } from "../../src/core/triple.ts";
import { distributionOf, fingerprintOf, medianOf } from "../../src/planning/fingerprint.ts";
import { shapeAt } from "../../src/planning/network.ts";

Deno.test("a distribution holds the ends, and the value or the two values in the middle", () => {
  assertEquals(distributionOf([5]), { least: 5, lower: 5, upper: 5, most: 5 });
  assertEquals(distributionOf([9, 1]), { least: 1, lower: 1, upper: 9, most: 9 });
  assertEquals(distributionOf([3, 1, 2]), { least: 1, lower: 2, upper: 2, most: 3 });
  assertEquals(distributionOf([4, 1, 3, 2]), { least: 1, lower: 2, upper: 3, most: 4 });
  assertThrows(() => distributionOf([]), RangeError, "one value at least");
});

const grid = fc.record({
  dims: fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 60 })),
  spacing: fc.tuple(...[1, 2, 3].map(() => fc.double({ min: 0.2, max: 12, noNaN: true })) as [
    fc.Arbitrary<number>,
    fc.Arbitrary<number>,
    fc.Arbitrary<number>,
  ]),
});

Deno.test("what a fingerprint keeps is enough for the medians, and for the shape in the middle at any spacing", () => {
  fc.assert(fc.property(fc.array(grid, { minLength: 1, maxLength: 9 }), grid, (grids, { spacing }) => {
    const fingerprint = fingerprintOf(grids);
    const shape = shapeAt(fingerprint, spacing, [100, 100, 100]).toReversed();
    for (const axis of [0, 1, 2]) {
      const extents = grids.map(({ dims, spacing }) => spacing[axis] * dims[axis]);
      assertEquals(medianOf(fingerprint.extent[axis]), median(extents));
      assertEquals(medianOf(fingerprint.spacing[axis]), median(grids.map((one) => one.spacing[axis])));
      const shapes = extents.map((extent) => Math.max(1, Math.round(Math.min(extent, 100) / spacing[axis])));
      assertEquals(shape[axis], shapes.sort((a, b) => a - b)[shapes.length >> 1]);
    }
  }));
});

Deno.test("a fingerprint counts and does not depend on the order of the volumes", () => {
  const of = (dims: Triple) => ({ dims, spacing: [1, 2, 3] as const });
  const grids = [of([4, 5, 6]), of([1, 9, 2]), of([7, 7, 7])];
  assertEquals(fingerprintOf(grids), fingerprintOf(grids.toReversed()));
  assertEquals(fingerprintOf(grids).volumes, 3);
  assertEquals(fingerprintOf(grids).size[1], { least: 5, lower: 7, upper: 7, most: 9 });
  assertEquals(fingerprintOf(grids).extent[2], { least: 6, lower: 18, upper: 18, most: 21 });
});
