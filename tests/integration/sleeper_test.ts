/** A computer that is put to sleep in the middle of its work, and woken: real processes, SIGSTOP and SIGCONT. */
import { assert, assertEquals } from "@std/assert";
import { makeStates, PeerProcess } from "./fixtures/mesh_process.ts";

/** 8 MB each way, and the bytes after which one of them halts. */
const LENGTH = 2_000_000;
const CUT = 2_000_000;

/** Milliseconds: for so long it halts, in which it is put to sleep; the others' time-outs, long enough for a busy machine. */
const HALT = 10_000;
const STEP_TIMEOUT = 5_000;
const SILENCE = 15_000;

Deno.test("a peer that sleeps through every time-out, in the middle of a transfer, holds nobody, comes back and catches up", async () => {
  await using states = await makeStates(["a", "b", "sleeper"]);
  const { a: idA, b: idB, sleeper: idSleeper } = states.peer;
  const options = { members: Object.values(states.peer), stepTimeout: STEP_TIMEOUT, silence: SILENCE };
  const vector = (value: number) => ({ value, length: LENGTH, mass: 1 });
  await using a = new PeerProcess(states.directory.a, { ...options, vector: vector(1) });
  const bootstrap: string[] = (await a.event("ready")).addresses;
  await using sleeper = new PeerProcess(states.directory.sleeper, {
    ...{ ...options, bootstrap, vector: vector(3) },
    haltAfter: { sent: CUT, milliseconds: HALT },
  });
  await a.event("peer-joined", { peer: idSleeper });
  await sleeper.event("peer-joined", { peer: idA });

  const exchange = a.do({ do: "exchange" });
  await sleeper.event("halted");
  sleeper.signal("SIGSTOP");
  const { skipped = "" } = await exchange;
  assert(skipped.startsWith(`${idSleeper}: `) && skipped.includes(`no answer within ${STEP_TIMEOUT} ms`), skipped);
  await a.event("peer-left", { peer: idSleeper });

  // the others go on
  await using b = new PeerProcess(states.directory.b, { ...options, bootstrap, vector: vector(1) });
  await a.event("peer-joined", { peer: idB });
  await b.event("peer-joined", { peer: idA });
  for (let round = 1; round <= 3; round++) {
    for (const peer of [a, b]) await peer.do({ do: "advance", value: 10, round });
    assertEquals((await a.do({ do: "exchange" })).partner, idB);
  }

  const [inA, inSleeper] = [a.lines.length, sleeper.lines.length];
  sleeper.signal("SIGCONT");
  await a.event("peer-joined", { peer: idSleeper }, inA);
  await sleeper.event("peer-joined", { peer: idA }, inSleeper);
  await sleeper.event("head", { peer: idA, round: 3 }, inSleeper);
  // what it had when it fell asleep is whole
  assertEquals((await sleeper.do({ do: "snapshot" })).last, 3);
  assertEquals((await sleeper.do({ do: "catchUp" })).round, 3);
  const caughtUp = await sleeper.do({ do: "snapshot" });
  assertEquals([caughtUp.first, caughtUp.last, caughtUp.round], [31, 31, 3]);
  const { partner } = await sleeper.do({ do: "exchange" });
  assert(partner === idA || partner === idB, partner);
});
