/** kill -9 at bad moments, with real processes. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { makeStates, PeerProcess, type PeerProcessOptions } from "./fixtures/mesh_process.ts";

/** 16 MB, and the bytes at which somebody dies. */
const LENGTH = 4_000_000;
const CUT = 4_000_000;

Deno.test("kill -9 in the middle of an exchange, on either side, leaves the others able to go on, and the killed one rejoins", async () => {
  await using states = await makeStates(["a", "b", "c"]);
  const members = Object.values(states.peer);
  const vector = (value: number) => ({ value, length: LENGTH, mass: 1 });
  await using b = new PeerProcess(states.directory.b, { members, vector: vector(2) });
  const bootstrap: string[] = (await b.event("ready")).addresses;
  const start = (name: "a" | "c", value: number, options: Partial<PeerProcessOptions> = {}) =>
    new PeerProcess(states.directory[name], { members, bootstrap, vector: vector(value), ...options });

  // the responder dies while the initiator pulls its vector
  await using a = start("a", 1, { haltAfter: { sent: CUT } });
  await b.event("peer-joined", { peer: states.peer.a });
  const exchange = b.do({ do: "exchange" });
  await a.event("halted");
  await a.kill();
  const { skipped } = await exchange;
  assert(skipped?.includes(states.peer.a), `the exchange names its partner: ${JSON.stringify(skipped)}`);
  assertEquals((await b.do({ do: "snapshot" })).first, 2);
  await b.event("peer-left", { peer: states.peer.a });

  // it comes back with nothing but its address book
  const { peers } = JSON.parse(await Deno.readTextFile(`${states.directory.a}/addresses.json`));
  assertEquals(`${peers[states.peer.b].reached}/p2p/${states.peer.b}`, bootstrap[0]);
  let after = b.lines.length;
  await using again = start("a", 1, { bootstrap: [], haltAfter: { sent: CUT } });
  await b.event("peer-joined", { peer: states.peer.a }, after);
  await again.event("peer-joined", { peer: states.peer.b });

  // the initiator dies while the responder pulls its vector
  after = b.lines.length;
  await again.send({ do: "exchange" });
  await again.event("halted");
  await again.kill();
  await b.event("peer-left", { peer: states.peer.a }, after);
  assertEquals((await b.do({ do: "snapshot" })).first, 2);

  // the survivor is not stuck: it averages with a third
  await using c = start("c", 4);
  await b.event("peer-joined", { peer: states.peer.c });
  const { partner } = await b.do({ do: "exchange" });
  assertEquals(partner, states.peer.c);
  await c.event("exchange", { peer: states.peer.b });
  for (const peer of [b, c]) assertAlmostEquals((await peer.do({ do: "snapshot" })).last, 3, 1e-6);
});

/** Milliseconds in which a step is answered, also where others have the processors; and of silence that is an end. */
const STEP_TIMEOUT = 5_000;
const SILENCE = 15_000;

Deno.test("a peer that sleeps for longer than the time-outs is let go, does not hold the others, and comes back", async () => {
  await using states = await makeStates(["a", "b"]);
  const options = { members: Object.values(states.peer), stepTimeout: STEP_TIMEOUT, silence: SILENCE };
  await using a = new PeerProcess(states.directory.a, { ...options, vector: { value: 1, length: 1000, mass: 1 } });
  const bootstrap: string[] = (await a.event("ready")).addresses;
  await using b = new PeerProcess(states.directory.b, {
    ...options,
    bootstrap,
    vector: { value: 3, length: 1000, mass: 1 },
  });
  await a.event("peer-joined", { peer: states.peer.b });
  await b.event("peer-joined", { peer: states.peer.a });
  b.signal("SIGSTOP");
  const { skipped = "" } = await a.do({ do: "exchange" });
  assert(skipped.startsWith(`${states.peer.b}: `) && skipped.includes(`no answer within ${STEP_TIMEOUT} ms`), skipped);
  // a warning leaves the name of the peer to whoever shows it
  const message = skipped.replace(states.peer.b, "averaging");
  await a.event("warning", { peer: states.peer.b, message });
  await a.event("peer-left", { peer: states.peer.b });
  const [inA, inB] = [a.lines.length, b.lines.length];
  b.signal("SIGCONT");
  await Promise.all([
    a.event("peer-joined", { peer: states.peer.b }, inA),
    b.event("peer-joined", { peer: states.peer.a }, inB),
  ]);
  assertEquals((await a.do({ do: "exchange" })).partner, states.peer.b);
  await b.event("exchange", { peer: states.peer.a }, inB); // it applies after the one that asked
  for (const peer of [a, b]) assertEquals((await peer.do({ do: "snapshot" })).first, 2);
});
