/** Peers that nobody can call, and the relay between them, as real processes. */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { makeStates, PeerProcess } from "./fixtures/mesh_process.ts";
import { RelayProcess } from "./fixtures/relay_process.ts";

Deno.test("two peers that only call out meet at a relay that is no member, average, and come back when it does", async () => {
  await using states = await makeStates(["relay", "a", "b"]);
  const members = [states.peer.a, states.peer.b];
  await using relay = new RelayProcess(states.directory.relay, ["--listen=/ip4/127.0.0.1/tcp/0"]);
  const relays: string[] = [await relay.address()];
  assertEquals(relays[0].split("/p2p/").at(-1), states.peer.relay);
  const length = 700_000;
  const options = { members, relays, listen: [] };
  await using a = new PeerProcess(states.directory.a, { ...options, vector: { value: 1, length, mass: 3 } });
  await using b = new PeerProcess(states.directory.b, { ...options, vector: { value: 5, length, mass: 1 } });
  await Promise.all([a.event("peer-joined", { peer: states.peer.b }), b.event("peer-joined", { peer: states.peer.a })]);
  const result = await b.do({ do: "exchange" });
  assertEquals(result.partner, states.peer.a);
  assert(result.bytes !== undefined && result.bytes > 2 * 4 * length, "both vectors crossed the relay");
  await a.event("exchange", { peer: states.peer.b });
  for (const peer of [a, b]) assertAlmostEquals((await peer.do({ do: "snapshot" })).last, 2, 1e-6);
  await a.do({ do: "release", round: 4, features: [1, 0, 0.6, 0.8], partitions: [7, 2] });
  await b.event("features", { peer: states.peer.a, round: 4 });

  assertEquals(await relay.end("SIGTERM"), { code: 0, errors: "" });
  await Promise.all([a, b].map((peer) => peer.event("peer-left")));
  const after = [a.lines.length, b.lines.length];
  const port = relays[0].match(/tcp\/(\d+)/)![1];
  await using again = new RelayProcess(states.directory.relay, [`--listen=/ip4/127.0.0.1/tcp/${port}`]);
  assertEquals(await again.address(), relays[0]);
  await Promise.all([a, b].map((peer, i) => peer.event("peer-joined", {}, after[i])));
  assertEquals((await a.do({ do: "exchange" })).partner, states.peer.b);
  for (const peer of [a, b]) {
    assertEquals(peer.lines.filter(({ type }) => type === "peer-refused"), []);
    await peer.do({ do: "stop" });
    await peer.event("stopped");
    const { code, errors } = await peer.finish();
    assertEquals([code, errors], [0, ""]);
  }
});

Deno.test("a relay says in one sentence what is wrong with its flags", async () => {
  await using states = await makeStates(["relay"]);
  const relay = new RelayProcess(states.directory.relay, ["--listen=nonsense"]);
  const { code, errors } = await relay.end("SIGCONT");
  assertEquals(code, 1);
  assertMatch(errors, /^error: starting a relay: an address must be a multiaddr .*nonsense/);
});
