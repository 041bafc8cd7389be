/** How a peer waits for the others. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { awaitQuorum, requireQuorum, waitForOthers } from "../../src/peer/_gathering.ts";
import type { Run } from "../../src/peer/_run.ts";

/** A run whose other member is admitted or not, and has done one round more each time that it is asked. */
function runWith({ admitted, patience }: { admitted: boolean; patience: number }) {
  let asked = 0;
  const mesh = {
    heads: () => new Map([["other", { round: asked++ }]]),
    members: () => [{ peer: "other", admitted }],
  };
  return { run: { mesh, configuration: { mesh: { patience } } } as unknown as Run, asked: () => asked };
}

Deno.test("members that are there are waited for until they are as far, those that are away are not", async () => {
  const present = runWith({ admitted: true, patience: 60_000 });
  await waitForOthers(present.run, 2);
  assertEquals(present.asked(), 3); // rounds 0, 1 and 2
  const away = runWith({ admitted: false, patience: 60_000 });
  await waitForOthers(away.run, 2);
  assertEquals(away.asked(), 1);
});

Deno.test("nobody is waited for beyond the patience", async () => {
  const slow = runWith({ admitted: true, patience: 0 });
  await waitForOthers(slow.run, 1000);
  assertEquals(slow.asked(), 1);
});

/** A run that wants `quorum` members; one more is there each time that it is asked, up to `most`. */
function gatheringRun(quorum: number, most: number) {
  let asked = 0;
  const told: string[] = [];
  const budget = { left: undefined as number | undefined };
  const mesh = {
    members: () => {
      const there = Math.min(asked++, most);
      if (asked > most + 3) budget.left = 0;
      return Array.from({ length: 4 }, (_, i) => ({ peer: `${i}`, admitted: i < there }));
    },
  };
  const emit = ({ message }: { message: string }) => told.push(message);
  const run = { mesh, budget, emit, configuration: { mesh: { quorum } } } as unknown as Run;
  return { run, asked: () => asked, told };
}

Deno.test("a site waits until so many are there, says so once, and not where it wants nobody", async () => {
  const wants = gatheringRun(2, 4);
  await awaitQuorum(wants.run);
  assertEquals([wants.asked(), wants.told], [3, ['waits for 2 more member(s): "mesh.quorum" is 2']]); // 0, 1 and 2
  const none = gatheringRun(0, 4);
  await awaitQuorum(none.run);
  assertEquals([none.asked(), none.told], [1, []]);
});

Deno.test("a quorum is not waited for beyond the time of the run, or when it is ended", async () => {
  const { run, asked } = gatheringRun(3, 2);
  await awaitQuorum(run);
  assertEquals(asked(), 6); // three times after all that come are there
  const ended = { ...gatheringRun(3, 0).run, budget: undefined, signal: AbortSignal.abort(new Error("ended")) };
  await assertRejects(() => awaitQuorum(ended), Error, "ended");
});

Deno.test("a quorum of more than all others is refused", () => {
  const membership = { members: ["a", "b", "c"], identity: { peerId: "a" } } as unknown as Parameters<
    typeof requireQuorum
  >[1];
  requireQuorum(2, membership);
  assertThrows(() => requireQuorum(3, membership), UserError, "at most the number of other members, 2");
});
