/** How a peer waits for the others between two trainings. */
import { assertEquals } from "@std/assert";
import { waitForOthers } from "../../src/peer/_rounds.ts";
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
