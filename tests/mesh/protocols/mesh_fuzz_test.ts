/** A member that breaks every protocol of a running peer, over real connections. */
import { assert, assertEquals } from "@std/assert";
import { noise } from "@chainsafe/libp2p-noise";
import type { Connection } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import fc from "fast-check";
import { createLibp2p } from "libp2p";
import { utf8 } from "../../../src/core/bytes.ts";
import { AVERAGE_PROTOCOL } from "../../../src/mesh/averaging/server.ts";
import type { MeshEvent } from "../../../src/mesh/events.ts";
import { FEATURES_PROTOCOL } from "../../../src/mesh/features/exchange.ts";
import { HEAD_PROTOCOL } from "../../../src/mesh/heads/heads.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { Mesh } from "../../../src/mesh/mesh.ts";
import { PlanTalk } from "../../../src/mesh/plans/plan_talk.ts";
import { PLAN_PROTOCOL } from "../../../src/mesh/plans/protocol.ts";
import { makeStatement } from "../../../src/mesh/plans/statement.ts";
import { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import type { Frame } from "../../../src/mesh/protocols/frame.ts";
import { PLACE_PROTOCOL } from "../../../src/mesh/admission/places.ts";
import { HELLO_PROTOCOL, makeHello, sayHello } from "../../../src/mesh/admission/hello.ts";
import { fuzzCases, fuzzRuns } from "../../_fuzz.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";
import { type Change, changed, changes } from "./_mutations.ts";

const shared = { consortium: "test", settings: {} };
/** What a stream of each protocol begins with; a bad hello ends the connection, see hello_fuzz_test.ts. */
const requests = {
  [AVERAGE_PROTOCOL]: { type: "offer", layout: "l", values: 1000, compression: "none", reference: "", patient: false },
  [FEATURES_PROTOCOL]: { type: "want" },
  [HEAD_PROTOCOL]: { type: "heads", known: {} },
  [PLAN_PROTOCOL]: { type: "plan", statements: 1, fixed: { plan: 1, basis: [] } },
  [PLACE_PROTOCOL]: { type: "place", elsewhere: { epoch: 1, id: "0".repeat(32), signature: "=".repeat(88) } },
};

/** A node of libp2p that has said a proper hello to `address`, and is a member to it. */
async function connect(identity: Identity, address: string) {
  const node = await createLibp2p({
    privateKey: identity.privateKey,
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { initialStreamWindowSize: 1024 * 1024 } })],
  });
  const connection = await node.dial(multiaddr(address));
  const channel = new FrameChannel(await connection.newStream(HELLO_PROTOCOL));
  const own = await makeHello(identity, { ...shared, place: await placeOf(identity) });
  const outcome = await sayHello(channel, { own, peer: connection.remotePeer.toString() });
  assert(outcome.accepted);
  await channel.close();
  return { node, connection };
}

/** Sends one changed request and waits for the stream to end. */
async function attack(connection: Connection, protocol: keyof typeof requests, change: Change): Promise<void> {
  const frame: Frame = { kind: "message", payload: utf8(JSON.stringify(requests[protocol])) };
  const bytes = await changed(frame, change);
  const stream = await connection.newStream(protocol);
  const ended = (async () => {
    for await (const _ of stream) { /* what it answers does not matter */ }
  })();
  if (bytes.length > 0) stream.send(bytes);
  // what the peer does not even read it answers before this side is closed, and then nothing more would come
  await Promise.all([stream.close(), ended]);
}

Deno.test("fuzz: a member that breaks every protocol is warned of by its name, and the peer goes on serving others", async () => {
  const [honest, hostile, friend] = [await newIdentity(), await newIdentity(), await newIdentity()];
  const directory = await Deno.makeTempDir({ prefix: "syncytium-fuzz-" });
  const start = async (identity: Identity, bootstrap: string[] = []) => {
    const members = [honest, hostile, friend].map(({ peerId }) => peerId);
    const listen = ["/ip4/127.0.0.1/tcp/0"];
    const stateDirectory = `${directory}/${identity.peerId}`;
    await Deno.mkdir(stateDirectory);
    const plan = new PlanTalk({
      ...{ consortium: shared.consortium, own: await makeStatement(identity, shared.consortium, 1) },
      ...{ check: () => {}, planOf: () => 1, givesPlan: () => false, disclosesData: () => false },
      keep: () => Promise.resolve(),
    });
    const mesh = new Mesh({ ...shared, identity, members, stateDirectory, listen, bootstrap, plan, mdns: false });
    mesh.averaging.initialise(new Float32Array(1000).fill(3), { layout: "l", mass: 1, round: 0 });
    const events = mesh.events.subscribe();
    await mesh.start();
    return { mesh, events };
  };
  const { mesh, events } = await start(honest);
  const seen: MeshEvent[] = [];
  const reading = (async () => {
    for await (const event of events) seen.push(event);
  })();
  const { node, connection } = await connect(hostile, mesh.addresses()[0]);
  try {
    const attacks = fc.sample(
      fc.tuple(fc.constantFrom(...Object.keys(requests) as (keyof typeof requests)[]), changes),
      fuzzRuns(200),
    );
    for (const [protocol, change] of attacks) {
      await attack(connection, protocol, change).catch(() => {}); // a reset is an answer, too
    }
    const warnings = seen.flatMap((event) => event.type === "warning" ? [event] : []);
    assert(warnings.length >= fuzzCases(200) / 20, `warnings: ${warnings.length}`);
    for (const { peer, message } of warnings) assertEquals(peer, hostile.peerId, message);
    for (
      const doing of [
        "averaging",
        "giving it features",
        "swapping heads",
        "planning together",
        "saying that this process",
      ]
    ) {
      assert(warnings.some(({ message }) => message.startsWith(doing)), `nobody was warned of for ${doing}`);
    }
    const { mesh: other, events: arrivals } = await start(friend, mesh.addresses());
    try {
      for await (const event of arrivals) if (event.type === "peer-joined" && event.peer === honest.peerId) break;
      const result = await other.averaging.exchange();
      assertEquals("partner" in result && result.partner, honest.peerId, JSON.stringify(result));
    } finally {
      await other.stop();
    }
  } finally {
    await node.stop();
    await mesh.stop();
    await reading;
    await Deno.remove(directory, { recursive: true });
  }
});
