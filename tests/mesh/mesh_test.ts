/** Whole meshes of real nodes in one process, over loopback. */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createLibp2p } from "libp2p";
import { noise } from "@chainsafe/libp2p-noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { UserError } from "../../src/core/errors.ts";
import { AVERAGE_PROTOCOL } from "../../src/mesh/averaging/server.ts";
import { FEATURES_PROTOCOL } from "../../src/mesh/features/exchange.ts";
import { HEAD_PROTOCOL } from "../../src/mesh/heads/heads.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { newIdentity } from "./_identities.ts";
import { Meshes } from "./_meshes.ts";

const [alice, bob, carol] = [await newIdentity(), await newIdentity(), await newIdentity()];

Deno.test("a member that says no hello is served by no protocol: every stream is reset without one byte", async () => {
  await using meshes = new Meshes();
  const { mesh } = await meshes.start(alice, [alice, bob], {});
  mesh.averaging.initialise(new Float32Array(10), { layout: "l", mass: 1, round: 0 });
  await mesh.features.release({ round: 0, features: Float32Array.of(1), partitions: Int32Array.of(0) });
  const heard: string[] = [];
  const mute = await createLibp2p({
    privateKey: bob.privateKey,
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
  try {
    const connection = await mute.dial(multiaddr(mesh.addresses()[0]));
    const protocols = [AVERAGE_PROTOCOL, FEATURES_PROTOCOL, HEAD_PROTOCOL, "/meshsub/1.2.0"];
    const streams = await Promise.all(protocols.map(async (protocol) => {
      const stream = await connection.newStream(protocol);
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.addEventListener("message", () => heard.push(protocol));
      stream.addEventListener("close", () => resolve());
      stream.send(Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0));
      return { closed: promise };
    }));
    // what comes in place of a hello is refused, and the waiting streams with it
    const hello = await connection.newStream("/syncytium/hello/1");
    hello.send(new Uint8Array(40).fill(9));
    await Promise.all(streams.map(({ closed }) => closed));
    assertEquals(heard, []);
    assertEquals(mesh.members()[0].admitted, false);
  } finally {
    await mute.stop();
  }
  const { control, weights, embeddings } = mesh.bytes();
  assertEquals([weights.sent, embeddings.sent], [0, 0]);
  assert(control.sent < 1000, "its own hello at most");
});

Deno.test("a member that says nothing of what only some do is let in by those who do it", async () => {
  await using meshes = new Meshes();
  const options = { comparedIfBoth: ["labels"] };
  const a = await meshes.start(alice, [alice, bob], { ...options, settings: { levels: 3, "labels.1": "head" } });
  const b = await meshes.start(bob, [alice, bob], {
    ...options,
    settings: { levels: 3 },
    bootstrap: a.mesh.addresses(),
  });
  await a.log.wait("peer-joined", bob.peerId);
  await b.log.wait("peer-joined", alice.peerId);
});

Deno.test("who stands on one list only is refused on one side and told so on the other", async () => {
  await using meshes = new Meshes();
  const a = await meshes.start(alice, [alice]);
  const b = await meshes.start(bob, [alice, bob], { bootstrap: a.mesh.addresses() });
  assertEquals((await a.log.wait("peer-refused")).reason, "it is not on this peer's list of members");
  await b.log.wait("peer-refused", alice.peerId);
  await assertRejects(() => b.mesh.averaging.exchange(), Error, "averaging has no state yet");
});

Deno.test("three peers agree, and know how far apart they were before", async () => {
  await using meshes = new Meshes();
  const members = [alice, bob, carol];
  const a = await meshes.start(alice, members);
  const bootstrap = a.mesh.addresses();
  const b = await meshes.start(bob, members, { bootstrap });
  const c = await meshes.start(carol, members, { bootstrap: [...bootstrap, ...b.mesh.addresses()] });
  const all = [a, b, c];
  all.forEach(({ mesh }, i) =>
    mesh.averaging.initialise(new Float32Array(500).fill(i + 1), { layout: "l", mass: 1, round: 0 })
  );
  await Promise.all([
    a.log.wait("peer-joined", bob.peerId),
    b.log.wait("peer-joined", carol.peerId),
    c.log.wait("peer-joined", alice.peerId),
  ]);
  for (const { mesh } of all) await mesh.announceHead({ round: 1, metrics: { loss: 0.5 } });
  for (const { mesh, log } of all) {
    for (const { peerId } of members) if (peerId !== mesh.peerId) await log.wait("head", peerId, 1);
  }
  // 1, 2, 3 around 2: sqrt(2/3) / 2
  for (const { mesh } of all) assertAlmostEquals(await mesh.consensus(), Math.sqrt(2 / 3) / 2, 1e-6);
  assertEquals(a.mesh.heads().get(bob.peerId)?.metrics, { loss: 0.5 });
  for (let i = 0; i < 30; i++) await all[i % 3].mesh.averaging.exchange();
  for (const { mesh } of all) assertAlmostEquals(mesh.averaging.snapshot().vector[499], 2, 1e-3);
  assert(a.mesh.bytes().weights.sent > 0);
  const exclude = [bob.peerId, carol.peerId];
  assertEquals(await a.mesh.averaging.exchange({ exclude }), { skipped: "every connected member is excluded" });
  for (let i = 0; i < 4; i++) {
    const result = await a.mesh.averaging.exchange({ exclude: [bob.peerId] });
    assertEquals("partner" in result && result.partner, carol.peerId);
  }
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => a.mesh.averaging.exchange({ signal }), Error, "enough");
});

Deno.test("two that know only a third member's address learn each other's from it, and then take features", async () => {
  await using meshes = new Meshes();
  const members = [alice, bob, carol];
  const middle = await meshes.start(alice, members);
  const bootstrap = middle.mesh.addresses();
  const b = await meshes.start(bob, members, { bootstrap });
  await b.log.wait("peer-joined", alice.peerId);
  const c = await meshes.start(carol, members, { bootstrap });
  await c.log.wait("peer-joined", alice.peerId);
  await middle.log.wait("peer-joined", carol.peerId);
  await b.mesh.features.release({ round: 1, features: Float32Array.of(1), partitions: Int32Array.of(5) });
  const { round, count } = await c.log.wait("features", bob.peerId);
  assertEquals([round, count], [1, 1]);
  assertEquals(c.mesh.features.remote()[0].partitions, Int32Array.of(5));
});

Deno.test("an exchange without anybody there is skipped with a reason", async () => {
  await using meshes = new Meshes();
  const { mesh } = await meshes.start(alice, [alice, bob]);
  mesh.averaging.initialise(new Float32Array(10), { layout: "l", mass: 1, round: 0 });
  assertEquals(await mesh.averaging.exchange(), { skipped: "no member is connected" });
  assertEquals(mesh.members(), [{
    peer: bob.peerId,
    connected: false,
    admitted: false,
    direct: false,
    lastSeen: undefined,
  }]);
});

Deno.test("an address that is taken is one clear sentence, and nothing is left running", async () => {
  await using meshes = new Meshes();
  const { mesh } = await meshes.start(alice, [alice]);
  const listen = [mesh.addresses()[0].replace(/\/p2p\/.*/, "")];
  await assertRejects(() => meshes.start(bob, [bob], { listen }), UserError, "an address is in use by another program");
});

Deno.test("stopping twice, and before starting, does no harm", async () => {
  const mesh = new Mesh({
    identity: alice,
    members: [],
    consortium: "c",
    settings: {},
    stateDirectory: "nowhere",
  });
  await mesh.stop();
  await mesh.stop();
});

Deno.test("a member that ends says goodbye, and is told as one that did", async () => {
  await using meshes = new Meshes();
  const [a, b] = await meshes.all([alice, bob]);
  await b.mesh.stop();
  assertEquals(await a.log.wait("peer-left", bob.peerId), { type: "peer-left", peer: bob.peerId, goodbye: true });
});

Deno.test("a member that nobody reaches is listed with where it was called, and the configured address with why", async () => {
  await using meshes = new Meshes();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `/ip4/127.0.0.1/tcp/${listener.addr.port}`;
  listener.close();
  const { mesh } = await meshes.start(alice, [alice, bob], { bootstrap: [`${address}/p2p/${bob.peerId}`] });
  while (mesh.unanswered().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const reason = "the connection was refused";
  assertEquals(mesh.members()[0].unreached, [{ address, reason }]);
  assertEquals(mesh.unanswered(), [
    { setting: "mesh.bootstrap[0]", address: `${address}/p2p/${bob.peerId}`, relay: false, reason },
  ]);
});
