import { assertAlmostEquals, assertEquals } from "@std/assert";
import { scoreSite, summariseSites } from "../../src/display/site_scores.ts";

Deno.test("a site's figure is the mean over cases of each class, then over the classes that have one", () => {
  assertEquals(scoreSite([{ left: 0.25, right: null }, { left: 0.75 }], ["left", "right"]), {
    mean: 0.5,
    perClass: { left: 0.5, right: null },
  });
});

Deno.test("sites count alike, however many cases they have", () => {
  const summary = summariseSites([
    [{ left: 0.2, right: 0.4 }, { left: 0.4, right: null }], // left 0.3, right 0.4: 0.35
    [{ left: 0.9, right: 0.8 }], // 0.85
    [{ left: null, right: null }], // nothing defined
  ]);
  assertAlmostEquals(summary.overall.mean!, 0.6);
  assertAlmostEquals(summary.overall.sd!, Math.SQRT1_2 / 2);
  assertEquals(summary.overall.count, 2);
  assertAlmostEquals(summary.perClass.left.mean!, 0.6);
  assertAlmostEquals(summary.perClass.right.mean!, 0.6);
  assertEquals(Object.keys(summary.perClass), ["left", "right"]);
});
