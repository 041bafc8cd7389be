import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { holm } from "../../../src/evaluation/statistics/holm.ts";

Deno.test("Holm's correction by hand, in the order given", () => {
  const adjusted = holm([0.03, 0.01, 0.04, 0.005]);
  [0.06, 0.03, 0.06, 0.02].forEach((expected, i) => assertAlmostEquals(adjusted[i], expected, 1e-15));
});

Deno.test("adjusted p-values end at 1, and one test needs no correction", () => {
  assertEquals(holm([0.9, 0.8, 0.7]), [1, 1, 1]);
  assertEquals(holm([0.04]), [0.04]);
  assertEquals(holm([]), []);
});

Deno.test("what is no probability is refused", () => {
  assertThrows(() => holm([0.5, 1.2]), RangeError, "got 1.2");
  assertThrows(() => holm([NaN]), RangeError, "got NaN");
});
