/** Who is turned away, with real processes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeStates, PeerProcess } from "./fixtures/mesh_process.ts";

const NOTHING = { sent: 0, received: 0 };

Deno.test("a stranger is turned away after the handshake, with no application byte either way", async () => {
  await using states = await makeStates(["a", "stranger"]);
  const { a: memberA, stranger } = states.peer;
  await using a = new PeerProcess(states.directory.a, { members: [memberA], vector: { value: 1, length: 8, mass: 1 } });
  const { addresses } = await a.event("ready");
  await using s = new PeerProcess(states.directory.stranger, { members: [memberA, stranger], bootstrap: addresses });
  const [refused, turnedAway] = await Promise.all([
    a.event("peer-refused", { peer: stranger }),
    s.event("peer-refused", { peer: memberA }),
  ]);
  assertMatch(refused.reason, /not on this peer's list of members/);
  assertMatch(turnedAway.reason, /may not be on its list of members/);
  const { bytes, members } = await a.do({ do: "status" });
  assertEquals(bytes, { weights: NOTHING, embeddings: NOTHING, control: NOTHING });
  assertEquals(members, []);
  const outside = await s.do({ do: "status" });
  assertEquals(outside.bytes.control.received, 0);
  assertEquals(outside.members.map(({ admitted }) => admitted), [false]);
});

Deno.test("two peers with different settings refuse each other and name the setting and both values", async () => {
  await using states = await makeStates(["a", "b"]);
  const members = [states.peer.a, states.peer.b];
  await using a = new PeerProcess(states.directory.a, { members, settings: { levels: 4, loss: "fcl" } });
  const { addresses } = await a.event("ready");
  await using b = new PeerProcess(states.directory.b, {
    members,
    settings: { levels: 5, loss: "fcl" },
    bootstrap: addresses,
  });
  const [here, there] = await Promise.all([
    a.event("peer-refused", { peer: states.peer.b }),
    b.event("peer-refused", { peer: states.peer.a }),
  ]);
  assertEquals(here.reason, 'the settings differ: "levels" is 4 here, 5 there');
  assertEquals(there.reason, 'the settings differ: "levels" is 5 here, 4 there');
  // the exchange finds nobody, and nothing but hellos has crossed
  assertEquals((await b.do({ do: "status" })).members[0].admitted, false);
  const { bytes } = await a.do({ do: "status" });
  assertEquals([bytes.weights, bytes.embeddings], [NOTHING, NOTHING]);
  assert(!a.lines.concat(b.lines).some((line) => line.type === "peer-joined"));
});
