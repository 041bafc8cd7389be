import { assert, assertEquals } from "@std/assert";
import {
  areaUnderCurve,
  balancedAccuracy,
  bestThreshold,
  bootstrap,
  truePositives,
} from "../../scripts/attack/_detection.ts";
import { Rng } from "../../src/core/rng.ts";

Deno.test("the area under the curve is the share of pairs in the right order", () => {
  assertEquals(areaUnderCurve({ members: [3, 4], nonMembers: [1, 2] }), 1);
  assertEquals(areaUnderCurve({ members: [1, 2], nonMembers: [3, 4] }), 0);
  assertEquals(areaUnderCurve({ members: [1, 3], nonMembers: [2, 3] }), (0 + 0 + 1 + 0.5) / 4);
  assertEquals(areaUnderCurve({ members: [7, 7], nonMembers: [7] }), 0.5);
});

Deno.test("true positives at a rate of false ones", () => {
  const nonMembers = Array.from({ length: 10 }, (_, i) => i);
  assertEquals(truePositives({ members: [8, 8.5, 9.5, 20], nonMembers }, 0.1), 3 / 4);
  assertEquals(truePositives({ members: [8, 8.5, 9.5, 20], nonMembers }, 0), 2 / 4);
});

Deno.test("the best threshold separates what can be separated", () => {
  const known = { members: [5, 6, 9], nonMembers: [1, 2, 4] };
  assertEquals(balancedAccuracy(known, bestThreshold(known)), 1);
  const mixed = { members: [5, 6, 3], nonMembers: [1, 2, 4] };
  assert(Math.abs(balancedAccuracy(mixed, bestThreshold(mixed)) - 5 / 6) < 1e-9);
});

Deno.test("the interval holds the mean and narrows with more volumes", () => {
  const rng = new Rng(2);
  const drawn = (count: number) => ({
    members: Array.from({ length: count }, () => rng.normal() + 1),
    nonMembers: Array.from({ length: count }, () => rng.normal()),
  });
  const [few, many] = [bootstrap([drawn(10)], areaUnderCurve), bootstrap([drawn(200), drawn(200)], areaUnderCurve)];
  for (const { mean, low, high } of [few, many]) assert(low <= mean && mean <= high && high - low > 0);
  assert(many.high - many.low < (few.high - few.low) / 2);
  assert(Math.abs(many.mean - 0.76) < 0.04, String(many.mean)); // the normal distribution's at 1/sqrt(2)
});
