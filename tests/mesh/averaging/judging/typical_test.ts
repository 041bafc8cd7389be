/** What is typical among members of whom one may lie. */
import { assert, assertEquals } from "@std/assert";
import { believedMass, upperMedian } from "../../../../src/mesh/averaging/judging/typical.ts";

Deno.test("the middle one, of two the larger", () => {
  assertEquals([[], [4], [4, 9], [9, 1, 4], [1, 2, 3, 4]].map(upperMedian), [undefined, 4, 9, 4, 3]);
});

Deno.test("among three or more, one lie moves the middle no further than to another honest value", () => {
  for (const honest of [[2, 3], [2, 3, 5], [2, 3, 5, 8]]) {
    for (const lie of [0, 1, 4, 1e9]) {
      const middle = upperMedian([...honest, lie])!;
      assert(middle >= Math.min(...honest) && middle <= Math.max(...honest), `${middle} of ${honest} and ${lie}`);
    }
  }
});

Deno.test("unequal sites count as they are up to ten times the middle one, and a claim beyond it counts for that", () => {
  assertEquals(believedMass(80, [8, 8, 8]), 80);
  assertEquals(believedMass(800, [8, 8, 8]), 80);
  assertEquals(believedMass(1e9, [10, 12, 9]), 100);
  assertEquals([believedMass(8, [800]), believedMass(3, [5, 50, 500])], [8, 3]);
  assertEquals(believedMass(500, [5, 50, 60]), 500);
});
