import { assertEquals, assertThrows } from "@std/assert";
import { meanOf, middleOf, spreadOf } from "../../src/display/statistics.ts";

Deno.test("mean and spread by hand, missing figures left out", () => {
  assertEquals(spreadOf([0.5, null, 0.75, undefined, 1]), { mean: 0.75, sd: 0.25, count: 3 });
  assertEquals(spreadOf([1, NaN, null, undefined, 3, Infinity]), { mean: 2, sd: Math.SQRT2, count: 2 });
  assertEquals(meanOf([1, NaN, null, undefined, 3, -Infinity]), 2);
});

Deno.test("one figure has no spread, none has no mean", () => {
  assertEquals(spreadOf([0.5, null]), { mean: 0.5, sd: null, count: 1 });
  assertEquals(spreadOf([null]), { mean: null, sd: null, count: 0 });
  assertEquals(meanOf([]), null);
});

Deno.test("what was measured several times has a middle and a range", () => {
  assertEquals(middleOf([4, 1, 2, 9]), { value: 3, range: [1, 9] });
  assertEquals(middleOf([3]), { value: 3, range: [3, 3] });
  assertThrows(() => middleOf([]), RangeError);
});
