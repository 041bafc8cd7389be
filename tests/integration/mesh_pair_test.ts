/** Two real processes: hello, averaging, sealed features, a clean end. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { makeStates, PeerProcess } from "./fixtures/mesh_process.ts";

Deno.test("two processes say hello, average to the weighted mean and exchange features", async () => {
  await using states = await makeStates(["a", "b"]);
  const members = [states.peer.a, states.peer.b];
  const length = 700_000;
  await using a = new PeerProcess(states.directory.a, { members, vector: { value: 1, length, mass: 3 } });
  const ready = await a.event("ready");
  await using b = new PeerProcess(states.directory.b, {
    members,
    bootstrap: [ready.addresses[0]],
    vector: { value: 5, length, mass: 1 },
  });
  await Promise.all([a.event("peer-joined", { peer: states.peer.b }), b.event("peer-joined", { peer: states.peer.a })]);

  const result = await b.do({ do: "exchange" });
  assertEquals(result.partner, states.peer.a);
  assert(result.bytes !== undefined && result.bytes > 2 * 4 * length, "both vectors crossed the wire");
  await a.event("exchange", { peer: states.peer.b, initiator: false });
  for (const peer of [a, b]) {
    const { first, last } = await peer.do({ do: "snapshot" });
    assertAlmostEquals(first, 2, 1e-6);
    assertAlmostEquals(last, 2, 1e-6);
  }

  await a.do({ do: "release", round: 4, features: [1, 0, 0.6, 0.8], partitions: [7, 2] });
  await b.event("features", { peer: states.peer.a, round: 4 });
  const [remote] = await b.do({ do: "remote" });
  assertEquals(remote.partitions, [7, 2]);
  assertAlmostEquals(remote.features[3], 0.8, 1e-6);
  assert(a.lines.some((line) => line.type === "audit" && line.kind === "embeddings" && line.peer === states.peer.b));

  for (const peer of [a, b]) {
    await peer.do({ do: "stop" });
    await peer.event("stopped");
    const { code, errors } = await peer.finish();
    assertEquals([code, errors], [0, ""]);
  }
});
