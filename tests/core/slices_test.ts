import { assert, assertEquals, assertRejects } from "@std/assert";
import { atOnce, inSlices, inTurns, SLICE, type Sliced, slices } from "../../src/core/slices.ts";

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

Deno.test("work in slices gives the same at once and in turns, and only in turns lets others have theirs", async () => {
  function* summing(length: number): Sliced<number> {
    let sum = 0;
    for (const [from, to] of slices(length, 10)) {
      for (let i = from; i < to; i++) sum += i;
      for (const until = performance.now() + 3; performance.now() < until;);
      yield;
    }
    return sum;
  }
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  assertEquals([atOnce(summing(35)), turns], [595, 0]);
  assertEquals(await inTurns(summing(35)), 595);
  clearInterval(timer);
  assert(turns > 0);
  assertEquals([...slices(0)], []);
});
