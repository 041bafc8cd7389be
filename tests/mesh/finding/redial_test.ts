import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import { busyDelay, partnerOrder } from "../../../src/mesh/averaging/partners.ts";
import { backoffDelay, RedialSchedule } from "../../../src/mesh/finding/redial.ts";
import { RedialLoop } from "../../../src/mesh/finding/redial_loop.ts";

const schedule = () => new RedialSchedule({ rng: new Rng(1), base: 500, ceiling: 30_000 });

Deno.test("waits double with each failure up to the ceiling, with jitter in the upper half, and never end", () => {
  const rng = new Rng(4);
  assert(backoffDelay(0, { rng }) < 50);
  for (let attempt = 1; attempt < 1000; attempt++) {
    const window = Math.min(30_000, 500 * 2 ** Math.min(attempt - 1, 30));
    const delay = backoffDelay(attempt, { rng });
    assert(delay >= window / 2 && delay <= window, `attempt ${attempt}: ${delay}`);
  }
  assert(new Set(Array.from({ length: 20 }, () => backoffDelay(9, { rng }))).size === 20, "no two peers wait alike");
});

Deno.test("a target is dialled once at a time, and again after each failure", () => {
  const plan = schedule();
  plan.add("a", 0);
  assertEquals(plan.take(1000), ["a"]);
  assertEquals(plan.take(1_000_000), [], "the attempt is under way");
  assertEquals(plan.nextDue(), Infinity);
  plan.failed("a", 1000);
  assert(plan.nextDue() >= 1250 && plan.nextDue() <= 1500);
  assertEquals(plan.take(1249), []);
  assertEquals(plan.take(1500), ["a"]);
  plan.failed("a", 2000);
  assert(plan.nextDue() >= 2500 && plan.nextDue() <= 3000, "the second wait is longer");
});

Deno.test("news brings an attempt forward, news all the time brings ever fewer, and a connection forgives", () => {
  const plan = schedule();
  plan.add("a", 0);
  for (let i = 0; i < 10; i++) {
    plan.take(plan.nextDue());
    plan.failed("a", 0);
  }
  assert(plan.nextDue() > 10_000);
  const attempts: number[] = [];
  for (let now = 1_000; now < 13_000; now += 50) {
    plan.heard("a", now);
    if (plan.take(now).length === 0) continue;
    attempts.push(now);
    plan.failed("a", now);
  }
  assert(attempts[0] <= 1_050, `${attempts}`);
  assert(attempts.length <= 7, `${attempts}`);
  plan.connected("a");
  plan.lost("a", 1e6);
  plan.take(2e6);
  plan.failed("a", 2e6);
  plan.heard("a", 2e6);
  assert(plan.nextDue() <= 2e6 + 50);
  plan.heard("b", 2e6);
  assert(plan.has("b"), "news of one that was not called yet takes it up");
});

Deno.test("one that comes and goes all the time is dialled ever more rarely", () => {
  const plan = schedule();
  plan.add("a", 0);
  let now = 0;
  let attempts = 0;
  for (; now < 12_000; now += 50) {
    if (plan.take(now).length === 0) continue;
    attempts++;
    plan.connected("a");
    plan.lost("a", now);
  }
  assert(attempts <= 11, `${attempts} attempts`);
  plan.connected("a");
  plan.lost("a", now + 40_000);
  assert(plan.nextDue() <= now + 40_050, "a while without a loss, and it is dialled at once");
});

Deno.test("ten thousand failures later a target is still dialled", () => {
  const plan = schedule();
  plan.add("a", 0);
  let now = 0;
  for (let i = 0; i < 10_000; i++) {
    now = plan.nextDue();
    assertEquals(plan.take(now), ["a"]);
    plan.failed("a", now);
  }
  assert(plan.nextDue() <= now + 30_000);
});

Deno.test("a connected target rests, a lost one is dialled soon and without the old backoff", () => {
  const plan = schedule();
  plan.add("a", 0);
  plan.take(100);
  for (let i = 0; i < 10; i++) plan.failed("a", 0);
  plan.connected("a");
  assertEquals(plan.nextDue(), Infinity);
  plan.add("a", 500);
  assertEquals(plan.nextDue(), Infinity, "adding it again changes nothing");
  plan.lost("a", 1000);
  assert(plan.nextDue() <= 1050);
  plan.remove("a");
  assertEquals([plan.nextDue(), plan.has("a")], [Infinity, false]);
  plan.failed("a", 0);
  assertEquals(plan.has("a"), false, "what was removed does not come back by a late failure");
});

Deno.test("partners are every member once, in an order that depends on the seed and not on the list", () => {
  const members = ["d", "a", "c", "b"];
  const order = partnerOrder(members, new Rng(1));
  assertEquals([...order].sort(), ["a", "b", "c", "d"]);
  assertEquals(partnerOrder([...members].reverse(), new Rng(1)), order);
  assertEquals(partnerOrder([], new Rng(1)), []);
});

Deno.test("over many exchanges every member is the first choice about equally often", () => {
  const rng = new Rng(9);
  const counts: Record<string, number> = { a: 0, b: 0, c: 0, d: 0, e: 0 };
  for (let i = 0; i < 5000; i++) counts[partnerOrder(Object.keys(counts), rng)[0]]++;
  for (const count of Object.values(counts)) assert(Math.abs(count - 1000) < 150, JSON.stringify(counts));
});

Deno.test("the wait of a busy peer grows with the attempts and stays under a third of a second", () => {
  const rng = new Rng(2);
  for (let attempt = 0; attempt < 20; attempt++) {
    const delay = busyDelay(attempt, rng);
    assert(delay >= 1 && delay <= Math.min(320, 10 * 2 ** attempt), `${delay}`);
  }
});

Deno.test("one that is reached by a detour is called again ever more rarely, and as if new once it was lost", () => {
  const schedule = new RedialSchedule({ rng: new Rng(3), detourBase: 100, detourCeiling: 400 });
  schedule.add("a", 0);
  assertEquals(schedule.take(1000), ["a"]);
  assert(schedule.isIdle("a"));
  for (const window of [100, 200, 400, 400]) {
    schedule.detoured("a", 1000);
    const wait = schedule.nextDue() - 1000;
    assert(wait >= window / 2 && wait <= window, `${wait} in the upper half of ${window}`);
    assertEquals(schedule.take(2000), ["a"]);
  }
  schedule.lost("a", 3000);
  assert(schedule.nextDue() <= 3050);
  schedule.take(4000);
  schedule.detoured("a", 4000);
  assert(schedule.nextDue() <= 4100, "the rare attempts begin anew");
});

Deno.test("news during an attempt is not forgotten when the attempt ends well", async () => {
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let attempts = 0;
  const loop: RedialLoop = new RedialLoop({
    rng: new Rng(4),
    base: 10,
    attempt: () => {
      if (++attempts === 1) {
        loop.lost("a");
        first.resolve();
      } else second.resolve();
      return Promise.resolve("connected");
    },
  });
  loop.add("a");
  await first.promise;
  await second.promise;
  assertEquals(attempts, 2);
  await loop.stop();
});

Deno.test("what is not wanted is not attempted again, and what fails is", async () => {
  const keys: string[] = [];
  const third = Promise.withResolvers<void>();
  const loop = new RedialLoop({
    rng: new Rng(5),
    base: 1,
    attempt: (key) => {
      keys.push(key);
      if (keys.filter((other) => other === "fails").length === 3) third.resolve();
      return key === "fails" ? Promise.reject(new Error("no answer")) : Promise.resolve("not wanted");
    },
  });
  loop.add("self");
  loop.add("fails");
  await third.promise;
  await loop.stop();
  assertEquals(keys.filter((key) => key === "self"), ["self"]);
});
