/** Members that meet in their hash table, with nothing else by which they could hear of each other. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import { raceAbort } from "../../src/mesh/_deadline.ts";
import { Deadline } from "../../src/mesh/_deadline.ts";
import { Connections } from "../../src/mesh/connections.ts";
import type { Identity } from "../../src/mesh/identity.ts";
import { rendezvousOf } from "../../src/mesh/rendezvous.ts";
import { Traffic } from "../../src/mesh/traffic.ts";
import { newIdentity } from "./_identities.ts";

/** Connections without heads, which would pass addresses on, and a promise for each member that joins. */
async function start(identity: Identity, members: Identity[], bootstrap: string[], dht: boolean) {
  const ignore = () => {};
  const waiting = new Map(members.map(({ peerId }) => [peerId, Promise.withResolvers<void>()]));
  const directory = await Deno.makeTempDir({ prefix: "syncytium-rendezvous-" });
  const connections = new Connections({
    identity,
    consortium: "test",
    settings: {},
    members: members.map(({ peerId }) => peerId),
    listen: ["/ip4/127.0.0.1/tcp/0"],
    announce: [],
    bootstrap,
    relays: [],
    relay: false,
    mdns: false,
    dht,
    addressBook: `${directory}/addresses.json`,
    stepTimeout: 10_000,
    topic: "test",
    rng: new Rng(1),
    traffic: new Traffic(),
    joined: (peer) => waiting.get(peer)!.resolve(),
    left: ignore,
    refused: ignore,
    split: ignore,
    warn: ignore,
    debug: ignore,
  });
  await connections.build({});
  await connections.start(ignore);
  return {
    connections,
    joined: async (peer: string) => {
      using limit = new Deadline(30_000, "waiting for a member");
      await raceAbort(waiting.get(peer)!.promise, limit.signal);
    },
    [Symbol.asyncDispose]: async () => {
      await connections.stop();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

Deno.test("a peer that knows one member finds a third, whose address nobody configured or told, in the hash table", async () => {
  const members = [await newIdentity(), await newIdentity(), await newIdentity()];
  const [alice, bob, carol] = members;
  await using a = await start(alice, members, [], true);
  const bootstrap = a.connections.addresses();
  await using b = await start(bob, members, bootstrap, true);
  await b.joined(alice.peerId);
  await using c = await start(carol, members, bootstrap, true);
  await Promise.all([c.joined(bob.peerId), b.joined(carol.peerId)]);
});

Deno.test("each consortium has a place and a protocol of its own", async () => {
  const [one, again, other] = await Promise.all(["heart", "heart", "liver"].map(rendezvousOf));
  assertEquals(one.place.toString(), again.place.toString());
  assertNotEquals(one.place.toString(), other.place.toString());
  assertNotEquals(one.protocol, other.protocol);
});
