import { assertEquals } from "@std/assert";
import { Refusals } from "../../../src/mesh/averaging/refusals.ts";

Deno.test("of a member's refusals in a round the first is held against it and each eighth after it, and after eight there is no more", () => {
  let round = 3;
  const refusals = new Refusals(() => round);
  const counts: number[] = [];
  for (let k = 1; k <= 20; k++) {
    assertEquals(refusals.whyNoMore("a") !== undefined, k > 8, `before the ${k}th`);
    if (refusals.add("a")) counts.push(k);
  }
  assertEquals(counts, [1, 9, 17]);
  assertEquals([refusals.whyNoMore("b"), refusals.add("b")], [undefined, true]);
  round++;
  assertEquals([refusals.whyNoMore("a"), refusals.add("a"), refusals.add("a")], [undefined, true, false]);
});

Deno.test("nobody is asked for the round before something was refused", () => {
  const refusals = new Refusals(() => {
    throw new Error("there is no state yet");
  });
  assertEquals(refusals.whyNoMore("a"), undefined);
});
