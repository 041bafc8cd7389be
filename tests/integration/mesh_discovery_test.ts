/** How peers find one another, with real processes. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { makeStates, PeerProcess } from "./fixtures/mesh_process.ts";
import { multicastWorks } from "./fixtures/multicast.ts";

/** Everything that was said of members that were turned away. */
function refusals(...processes: PeerProcess[]): string[] {
  return processes.flatMap(({ lines }) => lines.flatMap((line) => line.type === "peer-refused" ? [line.reason] : []));
}

const multicast = await multicastWorks();

Deno.test({
  name: multicast
    ? "three processes find one another by mDNS alone"
    : "three processes find one another by mDNS alone (skipped: this machine has no multicast)",
  ignore: !multicast,
  fn: async () => {
    await using states = await makeStates(["a", "b", "c"]);
    const members = Object.values(states.peer);
    const consortium = `test-${crypto.randomUUID()}`;
    const options = { members, consortium, mdns: true };
    await using a = new PeerProcess(states.directory.a, options);
    await using b = new PeerProcess(states.directory.b, options);
    await using c = new PeerProcess(states.directory.c, options);
    const meetings = [[a, states.peer.a], [b, states.peer.b], [c, states.peer.c]] as const;
    await Promise.all(
      meetings.flatMap(([process, own]) =>
        members.filter((peer) => peer !== own).map((peer) => process.event("peer-joined", { peer }))
      ),
    );
    assertEquals(refusals(a, b, c), []);
  },
});

Deno.test("four processes that know one address agree on the weighted mean, and a late one gets earlier features", async () => {
  await using states = await makeStates(["a", "b", "c", "d"]);
  const members = Object.values(states.peer);
  const vector = (value: number, mass: number) => ({ value, mass, length: 1000 });
  await using a = new PeerProcess(states.directory.a, { members, vector: vector(1, 1) });
  const bootstrap: string[] = [(await a.event("ready")).addresses[0]];
  await a.do({ do: "release", round: 1, features: [0, 1], partitions: [3] });
  await using b = new PeerProcess(states.directory.b, { members, bootstrap, vector: vector(2, 2) });
  await using c = new PeerProcess(states.directory.c, { members, bootstrap, vector: vector(3, 3) });
  await using d = new PeerProcess(states.directory.d, { members, bootstrap, vector: vector(4, 4) });
  const others = [b, c, d];
  await Promise.all(others.map((peer) => peer.event("peer-joined", { peer: states.peer.a })));
  await Promise.all(others.map((peer) => peer.event("features", { peer: states.peer.a, round: 1 })));

  // all at once and again: no barrier, no leader
  for (let round = 0; round < 12; round++) {
    const results = await Promise.all([a, b, c, d].map((peer) => peer.do({ do: "exchange" })));
    assertEquals(results.filter((result) => result.skipped), []);
  }
  const mean = (1 * 1 + 2 * 2 + 3 * 3 + 4 * 4) / 10;
  for (const peer of [a, b, c, d]) {
    const { first, mass } = await peer.do({ do: "snapshot" });
    assertAlmostEquals(first, mean, 0.02, `mass ${mass}`);
  }
  // peers that heard of each other dialled each other at the same time, and one of two connections may have gone
  assertEquals(refusals(a, b, c, d), []);
});
