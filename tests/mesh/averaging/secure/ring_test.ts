import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fromRing, rangeOf, ringOfBytes, toRing } from "../../../../src/mesh/averaging/secure/ring.ts";

Deno.test("every value comes back within half a unit of its range", () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      const vector = Float32Array.from(values), range = rangeOf(vector);
      const back = fromRing(toRing(vector, { weight: 1, range }), range);
      return vector.every((value, i) => Math.abs(back[i] - value) <= 2 ** (range - 31) + Math.abs(value) * 2 ** -24);
    }),
    { seed: 2 },
  );
});

Deno.test("a range is the smallest power of two that holds all values, and 1 at least", () => {
  assertEquals([[0], [1], [-1.5], [2 ** -30], [3e5]].map((x) => rangeOf(Float32Array.from(x))), [0, 0, 1, 0, 19]);
  assertThrows(() => rangeOf(Float32Array.of(1e30)), RangeError, "within ±2^40");
});

Deno.test("what does not fit is refused rather than wrapped", () => {
  assertThrows(() => toRing(Float32Array.of(9), { weight: 1, range: 3 }), RangeError, "within ±2^3, got 9");
  assertThrows(() => toRing(Float32Array.of(NaN), { weight: 1, range: 3 }), RangeError);
  assertThrows(() => ringOfBytes(new Uint8Array(7), 2), RangeError, "must be 8 bytes, got 7");
});
