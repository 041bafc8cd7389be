/** Members that meet in their hash table, with nothing else by which they could hear of each other. */
import { assertEquals, assertNotEquals } from "@std/assert";
import type { CID } from "multiformats/cid";
import { Deadline, raceAbort } from "../../../src/core/deadline.ts";
import { Rendezvous, rendezvousOf } from "../../../src/mesh/finding/rendezvous.ts";
import { startConnections } from "../_connections.ts";
import { newIdentity } from "../_identities.ts";

Deno.test("a peer that knows one member finds a third, whose address nobody configured or told, in the hash table", async () => {
  const members = [await newIdentity(), await newIdentity(), await newIdentity()];
  const [alice, bob, carol] = members;
  await using a = await startConnections(alice, members, { dht: true });
  const bootstrap = a.connections.addresses();
  await using b = await startConnections(bob, members, { dht: true, bootstrap });
  await b.joined(alice.peerId);
  await using c = await startConnections(carol, members, { dht: true, bootstrap });
  await Promise.all([c.joined(bob.peerId), b.joined(carol.peerId)]);
});

/**
 * Visits the table of `node` when it is told that members change; `heard` resolves with the first peer that it tells
 * of.
 */
function rendezvous({ connections }: Awaited<ReturnType<typeof startConnections>>, place: CID) {
  const heard = Promise.withResolvers<[string, readonly string[]]>();
  const end = new AbortController();
  const { table } = connections.node.services;
  const visits = new Rendezvous({
    table: table!,
    place,
    isComplete: () => false,
    hear: (peer, addresses) => peer !== String(connections.node.peerId) && heard.resolve([peer, addresses]),
    calm: 0,
    signal: end.signal,
    debug: () => {},
  });
  const stop = () => {
    end.abort();
    return visits.stop();
  };
  return { visits, heard: heard.promise, [Symbol.asyncDispose]: stop };
}

Deno.test("whoever has been at the consortium's place is found there, with addresses, and at no other place", async () => {
  const members = [await newIdentity(), await newIdentity(), await newIdentity()];
  const [alice, bob, carol] = members;
  await using a = await startConnections(alice, members, { dht: true });
  const bootstrap = a.connections.addresses();
  await using b = await startConnections(bob, members, { dht: true, bootstrap });
  await using c = await startConnections(carol, members, { dht: true, bootstrap });
  await Promise.all([b.joined(alice.peerId), c.joined(alice.peerId)]);
  const [{ place }, elsewhere] = await Promise.all(["a place of this test", "another"].map(rendezvousOf));
  await using atPlace = rendezvous(b, place);
  await using atOther = rendezvous(a, elsewhere.place);
  await using looking = rendezvous(c, place);
  for (const { visits } of [atOther, atPlace]) visits.changed();
  const [peer, addresses] = await hearing(looking);
  assertEquals(peer, bob.peerId);
  assertEquals(addresses.length > 0, true);
});

/** Comes back until somebody is there: others may not have been yet. */
async function hearing({ visits, heard }: ReturnType<typeof rendezvous>): Promise<[string, readonly string[]]> {
  using limit = new Deadline(120_000, "hearing of a member");
  const coming = setInterval(() => visits.changed(), 200);
  try {
    return await raceAbort(heard, limit.signal);
  } finally {
    clearInterval(coming);
  }
}

Deno.test("each consortium has a place and a protocol of its own", async () => {
  const [one, again, other] = await Promise.all(["heart", "heart", "liver"].map(rendezvousOf));
  assertEquals(one.place.toString(), again.place.toString());
  assertNotEquals(one.place.toString(), other.place.toString());
  assertNotEquals(one.protocol, other.protocol);
});
