/** One key, one site: what becomes of a second process with a member's key, with real nodes in one process. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Connection } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { type PlaceEvent, Places } from "../../../src/mesh/admission/places.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { type Place, provePlaces } from "../../../src/mesh/protocols/place.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";
import { placeOf } from "../_places.ts";
import { channelPair } from "../_streams.ts";

const [alice, bob, carol] = await Promise.all([1, 2, 3].map(newIdentity));
const [first, second] = [await placeOf(alice, { epoch: 1000 }), await placeOf(alice, { epoch: 2000 })];

/** A connection of nobody to a process of alice. */
function connectionOf(id: string): { connection: Connection; aborted: () => boolean } {
  let aborted = false;
  const connection = {
    ...{ id, direct: true, status: "open", streams: [], remotePeer: peerIdFromString(alice.peerId) },
    remoteAddr: multiaddr("/ip4/192.0.2.7/tcp/4001"),
    abort: () => aborted = true,
  };
  return { connection: connection as unknown as Connection, aborted: () => aborted };
}

/** The places of `identity`'s process, which is connected to `connected`; `answer` says who answers its questions. */
async function placesOf(
  identity: Identity,
  { own, connected = [], answer }: {
    own?: Place;
    connected?: [Connection, Place][];
    /** Resolves once the question is answered. @default nobody answers */
    answer?: Places;
  } = {},
) {
  const told: PlaceEvent[] = [];
  const asked: string[] = [];
  const places = new Places(own ?? await placeOf(identity), {
    ...{
      identity,
      consortium: "test",
      placeTime: answer ? 10_000 : 20,
      debug: () => {},
      signal: new AbortController().signal,
    },
    admission: {
      connectionsTo: () => connected.map(([connection]) => connection),
      placeOf: (wanted) => connected.find(([connection]) => connection === wanted)?.[1],
    },
    open: async (connection, signal) => {
      asked.push(connection.id);
      const { a, b } = await channelPair();
      void answer?.answer(b, identity.peerId, signal).catch((error) => b.abort(error));
      return a;
    },
    told: (event) => told.push(event),
  });
  return { places, told, asked };
}

Deno.test("a process of a member that is not here is let in, and another connection of the same process, too", async () => {
  const { connection } = connectionOf("1");
  const { places, asked } = await placesOf(bob, { connected: [[connection, first]] });
  assertEquals(await places.turnAway(connectionOf("2").connection, first), undefined);
  assertEquals(await (await placesOf(bob)).places.turnAway(connection, first), undefined);
  assertEquals(asked, []);
});

Deno.test("one that gives no answer is hung up on, and the process that was started anew is let in at once after", async () => {
  const { connection, aborted } = connectionOf("1");
  const { places, told, asked } = await placesOf(bob, { connected: [[connection, first]] });
  assertEquals(await places.turnAway(connectionOf("2").connection, second), undefined);
  assertEquals([aborted(), asked, told], [true, ["1"], []]);
});

Deno.test("one that answers stays, and the newcomer gets a proof that it believes and nobody else can make", async () => {
  const { connection, aborted } = connectionOf("1");
  const original = await placesOf(alice, { own: first });
  const { places, told } = await placesOf(bob, { connected: [[connection, first]], answer: original.places });
  const refusal = await places.turnAway(connectionOf("2").connection, second);
  assertEquals(refusal?.reason, "this key is in use at another place, by a process started 1970-01-01T00:00:01.000Z");
  assertEquals(aborted(), false);
  const from = "/ip4/192.0.2.7/tcp/4001";
  assertEquals(told, [{ type: "key-twice", peer: alice.peerId, elsewhere: second, from }]);
  assertEquals(original.told, [{ type: "key-elsewhere", peer: bob.peerId, elsewhere: second, from }]);
  assertEquals(original.places.proof, refusal?.proof);
  // again, without a question, and told only once
  assertEquals(await places.turnAway(connectionOf("3").connection, second), refusal);
  assertEquals([told.length, original.told.length], [1, 1]);

  const newcomer = await placesOf(alice, { own: second });
  const forged = await provePlaces(bob, { consortium: "test", here: first, elsewhere: second });
  const elsewhere = await provePlaces(alice, { consortium: "other", here: first, elsewhere: second });
  const itself = await provePlaces(alice, { consortium: "test", here: second, elsewhere: second });
  const ofAnother = await provePlaces(alice, { consortium: "test", here: first, elsewhere: await placeOf(alice) });
  for (const proof of [forged, elsewhere, itself, ofAnother]) await newcomer.places.refused(bob.peerId, proof);
  assertEquals(newcomer.told, []);
  await newcomer.places.refused(bob.peerId, refusal!.proof!);
  assertEquals(newcomer.told, [{ type: "key-in-use", peer: bob.peerId, here: first }]);
});

Deno.test("a member cannot make up a second process of a peer", async () => {
  const { places, told } = await placesOf(alice, { own: first });
  for (const elsewhere of [first, await placeOf(bob), { ...second, epoch: 3000 }]) {
    const { a, b } = await channelPair();
    const answering = places.answer(b, bob.peerId, new AbortController().signal).catch((error) => String(error));
    await a.sendMessage({ type: "place", elsewhere });
    assertMatch(`${await answering}`, /a process that is none of this peer's key/);
  }
  assertEquals([told, places.proof], [[], undefined]);
});

Deno.test("where two have reached different members, the one that was started first is asked, and all hang up on the other", async () => {
  const original = await placesOf(alice, { own: first });
  const one = connectionOf("1");
  const withFirst = await placesOf(bob, { connected: [[one.connection, first]], answer: original.places });
  await withFirst.places.heard(alice.peerId, second, undefined);
  assertEquals(withFirst.asked, ["1"]);
  assertEquals(withFirst.told, [{ type: "key-twice", peer: alice.peerId, elsewhere: second }]);

  const other = connectionOf("2");
  const withSecond = await placesOf(carol, { connected: [[other.connection, second]], answer: original.places });
  await withSecond.places.heard(alice.peerId, first, undefined);
  assertEquals([withSecond.asked, other.aborted()], [[], false], "what was there before may be a life before");
  await withSecond.places.heard(alice.peerId, first, original.places.proof);
  assertEquals([other.aborted(), one.aborted()], [true, false]);
  assertEquals(withSecond.told, [{ type: "key-twice", peer: alice.peerId, elsewhere: second }]);
  assertEquals((await withSecond.places.turnAway(connectionOf("3").connection, second))?.proof, original.places.proof);
});

Deno.test("of two that each say to be here, the one that was started first stays, in whatever order it is heard", async () => {
  const both = [
    await provePlaces(alice, { consortium: "test", here: first, elsewhere: second }),
    await provePlaces(alice, { consortium: "test", here: second, elsewhere: first }),
  ];
  for (const proofs of [both, [...both].reverse()]) {
    const { places } = await placesOf(bob);
    for (const proof of proofs) await places.heard(alice.peerId, proof.here, proof);
    assertEquals([places.isTurnedAway(alice.peerId, first), places.isTurnedAway(alice.peerId, second)], [false, true]);
  }
});

Deno.test("a copied key: the newcomer is turned away, and both administrators and the others are told once", async () => {
  await using meshes = new Meshes();
  const [a, b, c] = await meshes.all([alice, bob, carol]);
  const copy = await meshes.start(alice, [alice, bob, carol], {
    bootstrap: [...b.mesh.addresses(), ...c.mesh.addresses()],
  });
  const inUse = await copy.log.wait("key-in-use");
  assertEquals([bob.peerId, carol.peerId].includes(inUse.peer), true);
  await a.log.wait("key-elsewhere");
  for (const { log } of [b, c]) await log.wait("key-twice", alice.peerId);
  await copy.mesh.stop();
  await a.mesh.announceHead({ round: 7 });
  for (const { mesh, log } of [b, c]) {
    await log.wait("head", alice.peerId, 7);
    const { admitted } = mesh.members().find(({ peer }) => peer === alice.peerId)!;
    assertEquals(admitted, true, "the first one stays");
    assertEquals(log.seen.filter(({ type }) => type === "key-twice").length, 1);
    assertEquals(log.seen.filter(({ type }) => type === "peer-left" || type === "peer-refused"), []);
  }
  assertEquals(a.log.seen.filter(({ type }) => type === "key-elsewhere").length, 1);
  assertEquals(copy.log.seen.filter(({ type }) => type === "peer-joined"), []);
});

Deno.test("a copy that reaches only whom the original does not is found by its heads, and turned away", async () => {
  await using meshes = new Meshes();
  const members = [alice, bob, carol];
  // bob and carol know each other; the original calls bob only and the copy carol only, and nobody calls them
  const alone = { listen: [], dht: false, relay: false };
  const b = await meshes.start(bob, members);
  const c = await meshes.start(carol, members, { bootstrap: b.mesh.addresses() });
  await c.log.wait("peer-joined", bob.peerId);
  const deaf = { ...alone, members: [alice.peerId, bob.peerId] };
  const a = await meshes.start(alice, members, { ...deaf, bootstrap: b.mesh.addresses() });
  await a.log.wait("peer-joined", bob.peerId);
  const copy = await meshes.start(alice, members, {
    ...alone,
    members: [alice.peerId, carol.peerId],
    bootstrap: c.mesh.addresses(),
  });
  assertEquals((await copy.log.wait("key-in-use")).peer, carol.peerId);
  await a.log.wait("key-elsewhere");
  for (const { log } of [b, c]) await log.wait("key-twice", alice.peerId);
});

Deno.test("a process that ends, and one that is started again, hinder nothing", async () => {
  await using meshes = new Meshes();
  const [a, b] = await meshes.all([alice, bob]);
  const seen = b.log.seen.length;
  await a.mesh.stop();
  const again = await meshes.start(alice, [alice, bob], { bootstrap: b.mesh.addresses() });
  await b.log.after(seen, "peer-joined");
  await again.log.wait("peer-joined", bob.peerId);
  assertEquals(b.log.seen.filter(({ type }) => type === "key-twice"), []);
});
