import { assertEquals, assertThrows } from "@std/assert";
import { allFinite, flatten, layoutOf, unflatten } from "../../src/core/vectors.ts";

const vectors = [
  { name: "kernel", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  { name: "bias", shape: [2], data: Float32Array.of(5, 6) },
];

Deno.test("flatten and unflatten are inverse", () => {
  assertEquals([...flatten(vectors)], [1, 2, 3, 4, 5, 6]);
  assertEquals(unflatten(flatten(vectors), layoutOf(vectors)), vectors);
});

Deno.test("a vector of another size than the layout is refused with both sizes", () => {
  assertThrows(() => unflatten(new Float32Array(5), layoutOf(vectors)), RangeError, "holds 6 values, the vector 5");
});

Deno.test("allFinite finds NaN and infinity", () => {
  assertEquals(allFinite(Float32Array.of(1, 2)), true);
  assertEquals(allFinite(Float32Array.of(1, NaN)), false);
  assertEquals(allFinite(Float32Array.of(Infinity)), false);
});
