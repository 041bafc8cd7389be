import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Deadline, sleep } from "../../src/core/deadline.ts";
import { enterWorld, realWorld, world } from "../../src/core/world.ts";

Deno.test("time limits and sleeps run on the clock of the world that the program is in", async () => {
  const due: { at: number; act: () => void }[] = [];
  const after = (at: number, act: () => void) => {
    due.push({ at, act });
    return { cancel: () => {} };
  };
  using _stopped = enterWorld({ ...realWorld, after });
  using limit = new Deadline(3_600_000, "an hour");
  const slept = sleep(1_000);
  assertEquals(due.map(({ at }) => at), [3_600_000, 1_000]);
  for (const { act } of due) act();
  await slept;
  assert(limit.signal.aborted);
});

Deno.test("the world of this machine moves on, wakes who asked for it and not who cancelled, and is not foreseen", async () => {
  const before = world.elapsed();
  world.after(1, () => {
    throw new Error("it was cancelled");
  }).cancel();
  await sleep(2);
  assert(world.elapsed() > before);
  assert(Math.abs(world.now() - Date.now()) < 60_000);
  assertEquals(world.randomBytes(16).length, 16);
  assertNotEquals(world.randomBytes(16), world.randomBytes(16));
  assertNotEquals(world.randomUuid(), world.randomUuid());
});
