/** Calling members without joining them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { knock } from "../../../src/mesh/connections/knock.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";

Deno.test("members are reached, tell the time and hear of nobody; who is away is told with the reason", async () => {
  const [own, b, away, stranger] = await Promise.all(Array.from({ length: 4 }, newIdentity));
  await using meshes = new Meshes();
  const { mesh, log } = await meshes.start(b, [own, b]);
  const other = await meshes.start(stranger, [stranger]);
  const [address] = mesh.addresses();
  const nameless = other.mesh.addresses()[0].split("/p2p/")[0];
  const stateDirectory = await Deno.makeTempDir({ prefix: "syncytium-knock-" });
  try {
    const { members, relays, unanswered } = await knock({
      ...{ identity: own, consortium: "test", relays: [], mdns: false, stateDirectory, timeout: 5_000 },
      members: [own, b, away].map(({ peerId }) => peerId),
      bootstrap: [address, `/ip4/127.0.0.1/tcp/1/p2p/${away.peerId}`, nameless],
    });
    const [reached, missing] = members;
    assertEquals([members.length, relays.length], [2, 0]);
    assertEquals([reached.peer, reached.way, reached.address], [b.peerId, "direct", address]);
    assert(Math.abs(reached.ahead!) < 5_000, `${reached.ahead}`);
    assertStringIncludes(reached.observed!, "/ip4/127.0.0.1/tcp/");
    assertEquals([missing.way, missing.failed], ["none", [{
      address: "/ip4/127.0.0.1/tcp/1",
      reason: "the connection was refused",
    }]]);
    assertEquals(unanswered.map(({ address }) => address), [nameless]);
    assertStringIncludes(unanswered[0].reason, `who answers there is no member, ${stranger.peerId}`);
    assertEquals(log.seen, []);
    assertEquals([...Deno.readDirSync(stateDirectory)], []);
  } finally {
    await Deno.remove(stateDirectory, { recursive: true });
  }
});
