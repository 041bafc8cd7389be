import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { dicePerClass, summarise, summariseSites } from "../../src/segmentation/metrics.ts";

Deno.test("Dice by hand: each label, whatever its value", () => {
  const prediction = Uint8Array.of(0, 1, 1, 1, 600, 4, 4), truth = Float32Array.of(1, 1, 1, 0, 4, 4, 0);
  const scores = dicePerClass(prediction, truth, [1, 4]);
  assertAlmostEquals(scores.get(1)!, 2 * 2 / (3 + 3));
  assertAlmostEquals(scores.get(4)!, 2 * 1 / (2 + 2));
});

Deno.test("an absent label is no perfect score: not defined where both lack it, 0 where one does", () => {
  const scores = dicePerClass(Uint8Array.of(0, 1, 0), Uint8Array.of(0, 0, 2), [1, 2, 3]);
  assertEquals([...scores], [[1, 0], [2, 0], [3, null]]);
});

Deno.test("masks of different size are refused", () => {
  assertThrows(() => dicePerClass(new Uint8Array(2), new Uint8Array(3), [1]), RangeError, "2 and 3");
});

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
