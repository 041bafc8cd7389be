/** How long planned partners are waited for, in virtual time. */
import { assertEquals } from "@std/assert";
import { Patience } from "../../../../src/mesh/averaging/two_way/patience.ts";

const MOST = 60_000;

/** A patience with a clock of the test's, and a step: what this peer does itself, then who is how late; null: never. */
function start(most = MOST) {
  const clock = { now: 0 };
  const patience = new Patience({ most, now: () => clock.now });
  const step = (training: number, late: Record<string, number | null>) => {
    clock.now += training;
    patience.begin(Object.keys(late));
    const limits = Object.fromEntries(Object.keys(late).map((peer) => [peer, patience.left([peer])]));
    const began = clock.now;
    for (const [peer, time] of Object.entries(late)) {
      if (time !== null && time <= limits[peer]) patience.came(peer, began + time);
      else patience.expect(peer);
    }
    clock.now += Math.max(...Object.entries(late).map(([peer, time]) => Math.min(time ?? Infinity, limits[peer])));
    patience.end();
    return limits;
  };
  return { clock, patience, step };
}

Deno.test("before two others are known, and what this peer's own steps take, the setting says how long", () => {
  const { step } = start();
  assertEquals(step(500, { a: 0, b: 0, c: 0 }), { a: MOST, b: MOST, c: MOST }, "the first step");
  assertEquals(step(500, { a: 0, b: 0, c: 0 }), { a: 1_000, b: 1_000, c: 1_000 });
  const pair = start();
  for (let i = 0; i < 5; i++) assertEquals(pair.step(500, { a: 0, b: 10 }), { a: MOST, b: MOST }, "two are too few");
});

Deno.test("the others' middle and spread decide, and never more than the setting", () => {
  const { step } = start();
  for (let i = 0; i < 3; i++) step(1_000, { a: 2_000, b: 3_000, c: 4_000, d: 0 });
  // for d: median 3 s, spread 1 s, which counts as 3 s; for a: of 3, 4 and 0 s the same
  assertEquals(step(1_000, { a: 2_000, b: 3_000, c: 4_000, d: 0 }), { a: 15_000, b: 10_000, c: 10_000, d: 15_000 });
  const short = start(8_000);
  for (let i = 0; i < 3; i++) short.step(1_000, { a: 2_000, b: 3_000, c: 4_000, d: 0 });
  assertEquals(short.step(1_000, { d: 0 }), { d: 8_000 });
  assertEquals(start(0).step(1_000, { a: 0 }), { a: 0 }, "who waits for nobody never does");
});

Deno.test("nobody is waited for less than this peer's own work takes, so that one half as fast is not left out", () => {
  const { step } = start();
  for (let i = 0; i < 3; i++) step(10_000, { a: 0, b: 0, c: 9_000 });
  assertEquals(step(10_000, { c: 9_000 }), { c: 10_000 });
});

Deno.test("who is slower by far costs a wait or two, not one a step, and is waited for again when it is faster", () => {
  const { step, clock } = start();
  const began = clock.now;
  for (let i = 0; i < 20; i++) step(1_000, { a: 0, b: 0, slow: 19_000 });
  // 20 s of work; of the waits the first is as long as it took, all others a second
  assertEquals(clock.now - began, 20_000 + 19_000 + 19 * 1_000);
  for (let i = 0; i < 10; i++) step(5_000, { a: 0, b: 0, slow: 900 });
  assertEquals(step(5_000, { slow: 4_000 }), { slow: 5_000 });
});

Deno.test("where all come late, the waits grow to what they take", () => {
  const { step } = start();
  step(1_000, { a: 0, b: 0, c: 0 });
  step(1_000, { a: 0, b: 0, c: 0 });
  let limit = 0;
  for (let i = 0; i < 20; i++) limit = step(1_000, { a: 8_000, b: 8_000, c: 8_000 }).a;
  assertEquals(limit, 8_000 + 4 * 8_000);
});

Deno.test("who was asked and not expected, since it is away, is not counted as late; one that comes by itself has come", () => {
  const { patience, clock } = start();
  patience.begin(["a", "b", "c"]);
  clock.now += 500;
  patience.allBut(["c"]); // a and b began exchanges themselves
  patience.end();
  clock.now += 2_000;
  patience.begin(["c"]);
  // of a and b
  assertEquals(patience.left(["c"]), 2_500);
  assertEquals(patience.left([]), 0);
  clock.now += 2_400;
  assertEquals(patience.left(["c"]), 100);
  clock.now += 200;
  assertEquals(patience.left(["c"]), 0);
});
