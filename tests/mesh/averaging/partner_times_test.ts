import { assertAlmostEquals, assertEquals } from "@std/assert";
import { PartnerTimes } from "../../../src/mesh/averaging/partner_times.ts";

const VALUES = 1_000_000;

/** Times on a clock that the test sets. */
function timesAt(start = 0) {
  const clock = { now: start };
  return { clock, times: new PartnerTimes({ floor: 30_000, slowest: 1_000_000, now: () => clock.now }) };
}

Deno.test("with nobody's pace known, the slowest line is waited for beyond the floor", () => {
  const { times } = timesAt();
  assertEquals(times.limit("a", VALUES), 38_000);
  times.took("a", VALUES, 1_000_000);
  times.took("b", VALUES, 1_000);
  assertEquals(times.limit("a", VALUES), 38_000, "that of one other says little, and its own nothing");
});

Deno.test("what two or more others take decides, by median and spread, and never below the slowest line", () => {
  const { times } = timesAt();
  for (const [peer, milliseconds] of [["a", 4_000], ["b", 5_000], ["c", 6_000], ["d", 400_000]] as const) {
    times.took(peer, VALUES, milliseconds);
  }
  // of a, b, c: median 5 s, spread 1 s, which counts as 5 s
  assertAlmostEquals(times.limit("d", VALUES), 105_000);
  assertAlmostEquals(times.limit("d", 2 * VALUES), 210_000);
  assertEquals(times.limit("d", 1_000), 30_008);
  for (const peer of ["a", "b", "c"]) for (let i = 0; i < 9; i++) times.took(peer, VALUES, 10);
  assertEquals(times.limit("d", VALUES), 38_000, "others may have faster lines");
  for (const [peer, milliseconds] of [["a", 4_000], ["b", 5_000], ["c", 6_000]] as const) {
    for (let i = 0; i < 9; i++) times.took(peer, VALUES, milliseconds);
  }
  // a slow one among them moves the middle a little
  assertAlmostEquals(times.limit("a", VALUES), 6_000 + 20 * 6_000);
});

Deno.test("one slow exchange of a partner moves nothing, since its middle counts", () => {
  const { times } = timesAt();
  for (let i = 0; i < 3; i++) ["a", "b"].forEach((peer) => times.took(peer, VALUES, 2_000));
  times.took("a", VALUES, 10_000_000);
  assertEquals(times.limit("c", VALUES), 42_000);
});

Deno.test("who takes too long twice is left alone, longer each time, and one that makes up for it is not", () => {
  const { clock, times } = timesAt();
  assertEquals([times.overran("a", 30_000), times.rests("a")], [0, false], "once is no habit");
  assertEquals(times.overran("a", 30_000), 4 * 30_000);
  assertEquals([times.rests("a"), times.rests("b")], [true, false]);
  clock.now += 4 * 30_000;
  assertEquals(times.rests("a"), false);
  times.overran("a", 30_000);
  clock.now += 8 * 30_000 - 1;
  assertEquals(times.rests("a"), true);
  for (let i = 0; i < 20; i++) times.overran("a", 30_000);
  clock.now += 600_000;
  assertEquals(times.rests("a"), false, "ten minutes at most");

  times.overran("b", 30_000);
  times.took("b", VALUES, 1_000);
  times.took("b", VALUES, 1_000);
  times.overran("b", 30_000);
  assertEquals(times.rests("b"), false);
  times.took("b", VALUES, 1_000);
  times.overran("b", 30_000);
  times.took("b", VALUES, 1_000);
  times.overran("b", 30_000);
  assertEquals(times.rests("b"), true, "every other one in time is too little");
});
