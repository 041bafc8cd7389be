/** What becomes of a connection whose hello fails, with a real node that is given connections of nobody. */
import { assertEquals } from "@std/assert";
import type { Connection } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { Rng } from "../../../src/core/rng.ts";
import { Connections } from "../../../src/mesh/connections/connections.ts";
import { Traffic } from "../../../src/mesh/protocols/traffic.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";

const [alice, bob, carol] = [await newIdentity(), await newIdentity(), await newIdentity()];

/** Connections of alice to nobody; every refusal is kept, and waited for by its peer. */
async function newConnections(settlingTime: number) {
  const refusals: string[] = [];
  const waiting = new Map<string, () => void>();
  const ignore = () => {};
  const connections = new Connections({
    identity: alice,
    consortium: "test",
    settings: {},
    members: [bob.peerId, carol.peerId],
    listen: [],
    announce: [],
    portMapping: false,
    bootstrap: [],
    relays: [],
    relay: true,
    mdns: false,
    dht: false,
    addressBook: "unread.json",
    stepTimeout: 1_000,
    settlingTime,
    topic: "test",
    rng: new Rng(1),
    traffic: new Traffic(),
    joined: ignore,
    left: ignore,
    refused: (peer) => {
      refusals.push(peer);
      waiting.get(peer)?.();
    },
    split: ignore,
    place: ignore,
    warn: ignore,
    debug: ignore,
  });
  const node = await connections.build(await placeOf(alice), {});
  return {
    connections,
    refusals,
    refused: (peer: string) => new Promise<void>((resolve) => waiting.set(peer, resolve)),
    /** A call to `peer` that it answers by hanging up. */
    hangUp: (peer: string) => {
      const detail = connectionTo(peer, "closed");
      node.dispatchEvent(new CustomEvent("connection:open", { detail }));
    },
  };
}

function connectionTo(peer: string, status: "open" | "closed"): Connection {
  return {
    remotePeer: peerIdFromString(peer),
    remoteAddr: multiaddr("/ip4/192.0.2.1/tcp/1"),
    direction: "outbound",
    direct: true,
    streams: [],
    status,
    newStream: () => Promise.reject(new Error("the connection is closed")),
    close: () => Promise.resolve(),
    abort: () => {},
  } as unknown as Connection;
}

Deno.test("who hangs up on one of two connections and joins by the other, before or after, is not refused", async () => {
  const place = await placeOf(bob);
  for (const joinsFirst of [true, false]) {
    const { connections, refusals, refused, hangUp } = await newConnections(20);
    const join = () => connections.admission.accept(connectionTo(bob.peerId, "open"), bob.hpkePublicKey, place);
    if (joinsFirst) join();
    hangUp(bob.peerId);
    if (!joinsFirst) join();
    // waits of the same length end in the order in which they began
    const last = refused(carol.peerId);
    hangUp(carol.peerId);
    await last;
    assertEquals(refusals, [carol.peerId]);
    await connections.stop();
  }
});

Deno.test("stopping ends the wait for who hung up, and refuses nobody any more", async () => {
  const { connections, refusals, hangUp } = await newConnections(3_600_000);
  hangUp(bob.peerId);
  await connections.stop();
  assertEquals(refusals, []);
});

Deno.test("who hangs up after saying goodbye is not refused, and one that comes back and hangs up is", async () => {
  const { connections, refusals, refused, hangUp } = await newConnections(20);
  connections.finding.goodbye(bob.peerId);
  hangUp(bob.peerId);
  const last = refused(carol.peerId);
  hangUp(carol.peerId);
  await last;
  assertEquals(refusals, [carol.peerId]);
  connections.finding.joined(bob.peerId, connectionTo(bob.peerId, "closed"));
  const again = refused(bob.peerId);
  hangUp(bob.peerId);
  await again;
  await connections.stop();
});
