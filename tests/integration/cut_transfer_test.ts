/** kill -9 in the middle of a transfer, at a byte that the test chooses, on either side: real processes. */
import { assert, assertEquals } from "@std/assert";
import { makeStates, PeerProcess, type PeerProcessOptions } from "./fixtures/mesh_process.ts";

/** 32 MB, and the bytes at which somebody dies. */
const LENGTH = 8_000_000;
const WHOLE = 4 * LENGTH;
const CUT = 12_000_000;

Deno.test("a transfer that a kill -9 of either side cuts goes on where it was, and both go on", async () => {
  await using states = await makeStates(["holder", "late"]);
  const { holder: idHolder, late: idLate } = states.peer;
  let bootstrap: string[] = [];
  const start = (name: "holder" | "late", options: Partial<PeerProcessOptions> = {}) => {
    const vector = { value: name === "holder" ? 3 : 1, length: LENGTH, mass: 1 };
    return new PeerProcess(states.directory[name], {
      members: Object.values(states.peer),
      bootstrap,
      vector,
      ...options,
    });
  };
  const received = async (peer: PeerProcess) => (await peer.do({ do: "status" })).bytes.weights.received;

  // the side that gives dies
  await using dying = start("holder", { haltAfter: { sent: CUT } });
  bootstrap = (await dying.event("ready")).addresses;
  await using late = start("late");
  await late.event("peer-joined", { peer: idHolder });
  const cut = late.do({ do: "catchUp" });
  await dying.event("halted");
  await dying.kill();
  assertEquals((await cut).round, undefined);
  await late.event("warning", { peer: idHolder });
  assertEquals((await late.do({ do: "snapshot" })).last, 1);
  const first = await received(late);
  assert(first > CUT / 2 && first < WHOLE, `${first} bytes came before the cut`);

  // it comes back, and what has come need not come again
  let after = late.lines.length;
  bootstrap = (await late.event("ready")).addresses;
  await using holder = start("holder");
  await late.event("peer-joined", { peer: idHolder }, after);
  await holder.event("peer-joined", { peer: idLate });
  assertEquals((await late.do({ do: "catchUp" })).round, 0);
  assertEquals((await late.do({ do: "snapshot" })).last, 3);
  const rest = await received(late) - first;
  assert(rest < WHOLE - CUT / 2, `${rest} bytes came after the cut`);
  await late.kill();

  // the side that takes dies
  bootstrap = (await holder.event("ready")).addresses;
  after = holder.lines.length;
  await using taker = start("late", { haltAfter: { received: CUT } });
  await taker.event("peer-joined", { peer: idHolder });
  await taker.send({ do: "catchUp" });
  await taker.event("halted");
  await taker.kill();
  await holder.event("peer-left", { peer: idLate }, after);

  // neither is stuck
  after = holder.lines.length;
  await using again = start("late");
  await again.event("peer-joined", { peer: idHolder });
  await holder.event("peer-joined", { peer: idLate }, after);
  assertEquals((await again.do({ do: "exchange" })).partner, idHolder);
  await holder.event("exchange", { peer: idLate }, after);
  for (const peer of [holder, again]) assertEquals((await peer.do({ do: "snapshot" })).last, 2);
});
