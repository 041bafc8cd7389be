/** Members that meet in their hash table, with nothing else by which they could hear of each other. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { rendezvousOf } from "../../src/mesh/rendezvous.ts";
import { startConnections } from "./_connections.ts";
import { newIdentity } from "./_identities.ts";

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

Deno.test("each consortium has a place and a protocol of its own", async () => {
  const [one, again, other] = await Promise.all(["heart", "heart", "liver"].map(rendezvousOf));
  assertEquals(one.place.toString(), again.place.toString());
  assertNotEquals(one.place.toString(), other.place.toString());
  assertNotEquals(one.protocol, other.protocol);
});
