import { assert, assertEquals, assertRejects } from "@std/assert";
import { inSlices, SLICE } from "../../src/core/slices.ts";

Deno.test("slices cover everything once, in order, and leave turns to others", async () => {
  const length = 3 * SLICE + 5;
  let at = 0, turns = 0;
  const timer = setInterval(() => turns++, 1);
  await inSlices(length, (from, to) => {
    assertEquals(from, at);
    at = to;
    for (const until = performance.now() + 6; performance.now() < until;);
  });
  clearInterval(timer);
  assertEquals(at, length);
  assert(turns > 0);
});

Deno.test("what is one slice is done before the call returns, and what throws ends it", async () => {
  let done = false;
  const ending = inSlices(SLICE, () => done = true);
  assert(done);
  await ending;
  let slices = 0;
  const failing = inSlices(10 * SLICE, () => {
    slices++;
    throw new RangeError("enough");
  });
  await assertRejects(() => failing, RangeError, "enough");
  assertEquals(slices, 1);
});
