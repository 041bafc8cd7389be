import { assertEquals, assertThrows } from "@std/assert";
import { mean, median, sampleDeviation } from "../../src/core/statistics.ts";

Deno.test("a mean is the sum over the number, of arrays and of typed ones", () => {
  assertEquals([mean([3]), mean([1, 2, 6]), mean(Float32Array.of(0.5, 0.75, 1))], [3, 3, 0.75]);
  assertEquals(mean([0.1, 0.2, 0.3]), (0.1 + 0.2 + 0.3) / 3, "summed in order");
});

Deno.test("the deviation is the sample's, with n - 1 below", () => {
  assertEquals(sampleDeviation([0.5, 0.75, 1]), 0.25);
  assertEquals(sampleDeviation([1, 3]), Math.SQRT2);
  assertEquals(sampleDeviation([2, 2, 2]), 0);
});

Deno.test("the median is the middle, or between the two in the middle", () => {
  assertEquals([median([3]), median([9, 1, 2]), median([4, 1, 2, 9])], [3, 2, 3]);
  const values = [3, 1, 2];
  median(values);
  assertEquals(values, [3, 1, 2], "in their order as before");
});

Deno.test("too few values are refused", () => {
  assertThrows(() => mean([]), RangeError, "one value");
  assertThrows(() => median([]), RangeError, "one value");
  assertThrows(() => sampleDeviation([1]), RangeError, "two values at least, got 1");
});
