/** Charters at work, with real nodes. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createLibp2p } from "libp2p";
import { noise } from "@chainsafe/libp2p-noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import type { CharterChain } from "../../../src/mesh/charter/chain.ts";
import { readCharterFile } from "../../../src/mesh/charter/file.ts";
import { makeMember } from "../../../src/mesh/charter/member.ts";
import { admit, renew, revoke, setThreshold } from "../../../src/mesh/charter/proposals.ts";
import { EnvelopeReader } from "../../../src/mesh/envelope/envelope.ts";
import { EnvelopeError, openKeyPackage } from "../../../src/mesh/envelope/sender_keys.ts";
import { FEATURES_PROTOCOL } from "../../../src/mesh/features/exchange.ts";
import { decodeFeatures } from "../../../src/mesh/features/codec.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { HELLO_PROTOCOL, makeHello, sayHello } from "../../../src/mesh/admission/hello.ts";
import { parseManifest, pullBlob } from "../../../src/mesh/protocols/pieces.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";
import { chainOf, consortium, entry, signed } from "./_charters.ts";
import { type Site, Sites } from "./_meshes.ts";

const [alice, bob, carol, dave] = await Promise.all(Array.from({ length: 4 }, newIdentity));
const three = await chainOf([alice, bob, carol]);
const withoutCarol = await three.extend(await signed(revoke(three, "c"), [alice, bob]));
const features = (round: number) => ({ round, features: Float32Array.of(1), partitions: Int32Array.of(round) });

/** Three sites that know each other. */
async function threeSites(sites: Sites): Promise<[Site, Site, Site]> {
  const a = await sites.start(alice, three);
  const b = await sites.start(bob, three, { bootstrap: a.mesh.addresses() });
  const c = await sites.start(carol, three, { bootstrap: [...a.mesh.addresses(), ...b.mesh.addresses()] });
  for (const [site, peer] of [[a, bob], [b, carol], [c, alice]] as const) {
    await site.event("peer-joined", { peer: peer.peerId });
  }
  return [a, b, c];
}

/** The envelope of `site`'s features and the key for it, as `identity` gets them over the wire. */
async function capture(site: Site, identity: Identity, chain: CharterChain) {
  const node = await createLibp2p({
    privateKey: identity.privateKey,
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
  try {
    const connection = await node.dial(multiaddr(site.mesh.addresses()[0]));
    // of the process that is there already: another one would be turned away
    const { place = await placeOf(identity, { consortium }) } = site.mesh.heads().get(identity.peerId) ?? {};
    const own = { ...await makeHello(identity, { consortium, settings: {}, place }), charter: chain.mark };
    const greeting = new FrameChannel(await connection.newStream(HELLO_PROTOCOL));
    assertEquals((await sayHello(greeting, { own, peer: site.mesh.peerId })).accepted, true);
    const channel = new FrameChannel(await connection.newStream(FEATURES_PROTOCOL));
    await channel.sendMessage({ type: "want" });
    const answer = await channel.receiveMessage((value) => value as { key: unknown; manifest: unknown });
    const bytes = await pullBlob(channel, parseManifest(answer.manifest, { maxBytes: 1e6 }));
    return { key: answer.key, bytes };
  } finally {
    await node.stop();
  }
}

Deno.test("a member that is removed is hung up on by all, gets not one byte more, and can read nothing sent after", async () => {
  await using sites = new Sites();
  const a = await sites.start(alice, three);
  const to = (recipient: Identity) => {
    const { peerId, hpkePrivateKey } = recipient;
    return { consortium, sender: alice.peerId, recipient: peerId, hpkePrivateKey };
  };
  const expected = (round: number) => ({ consortium, sender: alice.peerId, kind: "embeddings", round });
  await a.mesh.features.release(features(1));
  const before = await capture(a, carol, three);
  const held = await openKeyPackage(before.key, to(carol));
  const opened = await new EnvelopeReader().open(before.bytes, { ...expected(1), key: held });
  assertEquals(decodeFeatures(opened.text, 1).partitions, Int32Array.of(1));

  const b = await sites.start(bob, three, { bootstrap: a.mesh.addresses() });
  const c = await sites.start(carol, three, { bootstrap: [...a.mesh.addresses(), ...b.mesh.addresses()] });
  await c.event("features", { peer: alice.peerId });
  await c.event("peer-joined", { peer: bob.peerId });
  await a.put(withoutCarol.versions);
  assertEquals((await a.event("charter")).removed, [carol.peerId]);
  assertEquals((await b.event("charter")).peer, alice.peerId);
  await Promise.all([alice, bob].map(({ peerId }) => c.event("peer-left", { peer: peerId })));
  const received = c.mesh.bytes();

  await a.mesh.features.release(features(2));
  await b.event("features", { peer: alice.peerId, round: 2 });
  for (const site of [a, b]) {
    await site.mesh.announceHead({ round: 2 });
    const { reason } = await site.event("peer-refused", { peer: carol.peerId });
    assertEquals(reason, "it is not on this peer's list of members");
    assert(!site.mesh.features.remote().some(({ peer }) => peer === carol.peerId));
  }
  for (const kind of ["control", "weights", "embeddings"] as const) {
    assertEquals(c.mesh.bytes()[kind].received, received[kind].received, kind);
  }
  await assertRejects(() => capture(a, carol, withoutCarol));

  // what a hop in between would see, in the hands of the removed member with all its keys
  const after = await capture(a, bob, withoutCarol);
  await assertRejects(() => openKeyPackage(after.key, to(carol)), EnvelopeError, "must have recipient");
  const pretended = { ...to(bob), hpkePrivateKey: carol.hpkePrivateKey };
  await assertRejects(() => openKeyPackage(after.key, pretended), EnvelopeError, "does not open");
  const { epoch } = await openKeyPackage(after.key, to(bob));
  for (const key of [held, { ...held, epoch }]) {
    await assertRejects(() => new EnvelopeReader().open(after.bytes, { ...expected(2), key }), EnvelopeError);
  }
});

Deno.test("a peer that slept over three versions takes them all from one that did not, and keeps them", async () => {
  await using sites = new Sites();
  const sleeping = await sites.start(bob, three);
  await sleeping.mesh.stop();
  const raised = await withoutCarol.extend(await signed(admit(withoutCarol, [await entry(dave, "d")]), [alice, bob]));
  const four = await raised.extend(await signed(setThreshold(raised, 3), [alice, dave]));
  const a = await sites.start(alice, four);
  const b = await sites.start(bob, three, { folder: sleeping.folder, bootstrap: a.mesh.addresses() });
  const { version, added, removed } = await b.event("charter");
  assertEquals([version, added, removed], [4, [dave.peerId], [carol.peerId]]);
  assertEquals(b.mesh.members().map(({ peer }) => peer), [alice.peerId, dave.peerId]);
  const { chain } = await readCharterFile(`${b.folder}/state/charter.json`);
  assertEquals(chain?.mark, four.mark);
});

Deno.test("a new member is called as soon as the charter names it", async () => {
  await using sites = new Sites();
  const withDave = await three.extend(await signed(admit(three, [await entry(dave, "d")]), [alice, bob]));
  const d = await sites.start(dave, withDave);
  const a = await sites.start(alice, three, { bootstrap: d.mesh.addresses() });
  await a.put(withDave.versions);
  await a.event("peer-joined", { peer: dave.peerId });
  await d.event("peer-joined", { peer: alice.peerId });
});

Deno.test("a renewed sealing key is sealed to from the moment that the charter names it", async () => {
  await using sites = new Sites();
  const fresh = await newIdentity();
  const renewed: Identity = { ...carol, hpkePrivateKey: fresh.hpkePrivateKey, hpkePublicKey: fresh.hpkePublicKey };
  const next = await three.extend(
    await signed(renew(three, await makeMember(renewed, { consortium, name: "c" })), [alice, carol]),
  );
  const a = await sites.start(alice, next);
  await a.mesh.features.release(features(1));
  const c = await sites.start(renewed, next, { bootstrap: a.mesh.addresses() });
  await c.event("features", { peer: alice.peerId });
});

Deno.test("two valid charters of one version are reported by both sides with who signed what, and each stays", async () => {
  await using sites = new Sites();
  const other = await three.extend(await signed(revoke(three, "a", 1), [bob, carol]));
  const alsoDave = await three.extend(await signed(admit(three, [await entry(dave, "d")]), [alice, bob]));
  const longer = await alsoDave.extend(await signed(setThreshold(alsoDave, 1), [alice, carol]));
  const b = await sites.start(bob, longer);
  const c = await sites.start(carol, other, { bootstrap: b.mesh.addresses() });
  const signers = { ours: [alice.peerId, bob.peerId], theirs: [bob.peerId, carol.peerId], both: [bob.peerId] };
  const [here, there] = await Promise.all([b.event("charter-fork"), c.event("charter-fork")]);
  assertEquals([here.version, here.signers, here.peer], [2, signers, carol.peerId]);
  assertEquals(there.signers, { ours: signers.theirs, theirs: signers.ours, both: [bob.peerId] });
  assertMatch(here.message, /^the charter has split: there are two valid versions 2, .*both are signed by b \(12D3/);
  assertEquals([b.mesh.members().length, c.mesh.members().length], [3, 1]);
  await b.event("peer-joined", { peer: carol.peerId });
});

Deno.test("a peer that is removed itself says so and gives nobody anything any more", async () => {
  await using sites = new Sites();
  const [a, , c] = await threeSites(sites);
  await c.put(withoutCarol.versions);
  const { message } = await c.event("warning");
  assertEquals(message, "this peer is no member any more, by version 2 of the charter");
  assertEquals(c.mesh.members(), []);
  await a.event("peer-left", { peer: carol.peerId });
});

Deno.test("peers of charters with different first versions refuse each other, and a list meets no charter", async () => {
  await using sites = new Sites();
  const strict = await chainOf([alice, bob, carol], 3);
  const a = await sites.start(alice, three);
  const b = await sites.start(bob, strict, { bootstrap: a.mesh.addresses() });
  const { reason } = await b.event("peer-refused");
  assertMatch(reason, /^the charter differs: one founded as (\d{5} ?){8} here, one founded as (\d{5} ?){8} there$/);
  const members = [alice.peerId, carol.peerId];
  const c = await sites.start(carol, three, { bootstrap: a.mesh.addresses(), charter: undefined, members });
  assertMatch(
    (await c.event("peer-refused")).reason,
    /^the charter differs: none, but a list of members here, one found/,
  );
});
