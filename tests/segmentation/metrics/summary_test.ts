import { assertAlmostEquals, assertEquals } from "@std/assert";
import { summarise, summariseSites } from "../../../src/segmentation/metrics/summary.ts";

Deno.test("mean and spread by hand, undefined figures left out", () => {
  assertEquals(summarise([0.5, null, 0.75, undefined, 1]), { mean: 0.75, deviation: 0.25, count: 3 });
  assertEquals(summarise([0.5, null]), { mean: 0.5, deviation: null, count: 1 });
  assertEquals(summarise([null]), { mean: null, deviation: null, count: 0 });
});

Deno.test("sites count alike, however many cases they have", () => {
  const summary = summariseSites([
    [{ left: 0.2, right: 0.4 }, { left: 0.4, right: null }], // left 0.3, right 0.4: 0.35
    [{ left: 0.9, right: 0.8 }], // 0.85
    [{ left: null, right: null }], // nothing defined
  ]);
  assertAlmostEquals(summary.overall.mean!, 0.6);
  assertAlmostEquals(summary.overall.deviation!, Math.SQRT1_2 / 2);
  assertEquals(summary.overall.count, 2);
  assertAlmostEquals(summary.perClass.left.mean!, 0.6);
  assertAlmostEquals(summary.perClass.right.mean!, 0.6);
  assertEquals(Object.keys(summary.perClass), ["left", "right"]);
});
