import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { measureClasses } from "../../../src/segmentation/metrics/measure.ts";

/** Dice of each label. */
function dicePerClass(prediction: ArrayLike<number>, truth: ArrayLike<number>, labels: readonly number[]) {
  const measures = measureClasses(prediction, truth, { labels, dims: [truth.length, 1, 1], spacing: null });
  return new Map([...measures].map(([label, { dice }]) => [label, dice]));
}

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
