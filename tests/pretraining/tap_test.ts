import { assertEquals, assertThrows } from "@std/assert";
import { joinTaps, splitTaps } from "../../src/pretraining/tap.ts";

Deno.test("the taps' features travel as one set and come apart again", () => {
  const first = { features: Float32Array.of(1, 2, 3, 4), partitions: Int32Array.of(1, 0) };
  const second = { features: Float32Array.of(5, 6), partitions: Int32Array.of(2) };
  const joined = joinTaps([first, second], [2, 3]);
  assertEquals([...joined.partitions], [1, 0, 4]);
  assertEquals(splitTaps(joined, [2, 3], 2), [first, second]);
});

Deno.test("a partition of no tap, and sizes that do not fit, are refused", () => {
  const set = { features: Float32Array.of(1, 2), partitions: Int32Array.of(5) };
  assertThrows(() => splitTaps(set, [2, 3], 2), RangeError, "must be in [0, 5), got 5");
  assertThrows(() => splitTaps(set, [2, 3], 3), RangeError, "1 rows of 3 values expected, got 2");
});
