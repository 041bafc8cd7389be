import { assert, assertEquals } from "@std/assert";
import { type GossipSub, TopicValidatorResult } from "@libp2p/gossipsub";
import { peerIdFromString } from "@libp2p/peer-id";
import { encodeBase64 } from "@std/encoding/base64";
import fc from "fast-check";
import { utf8 } from "../../../src/core/bytes.ts";
import { SKETCH_SIZE } from "../../../src/mesh/heads/sketch.ts";
import type { Head } from "../../../src/mesh/heads/head.ts";
import { provePlaces } from "../../../src/mesh/protocols/place.ts";
import { Heads } from "../../../src/mesh/heads/heads.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";
import { converse } from "../protocols/_hostile.ts";
import { mutations } from "../protocols/_mutations.ts";
import { assertRefusal } from "../protocols/_refusals.ts";

const [own, identity] = [(await newIdentity()).peerId, await newIdentity()];
const remote = identity.peerId;
const [place, elsewhere] = [await placeOf(identity), await placeOf(identity)];
const head: Head = {
  round: 3,
  addresses: ["/ip4/127.0.0.1/tcp/4001"],
  layout: "l",
  mass: 2,
  sketch: new Float32Array(SKETCH_SIZE).fill(0.5),
  features: { round: 3, bytes: 100, digest: "a".repeat(64) },
  metrics: { loss: 0.5 },
  place,
  otherPlace: await provePlaces(identity, { consortium: "test", here: place, elsewhere }),
};

/** Heads on a publisher that reaches nobody; with the validator that they give to gossipsub. */
function headsOf(self: string, turnedAway: ReadonlySet<string> = new Set()) {
  const topicValidators = new Map<string, Parameters<GossipSub["topicValidators"]["set"]>[1]>();
  const pubsub = Object.assign(new EventTarget(), {
    topicValidators,
    subscribe: () => {},
    publish: () => Promise.resolve({ recipients: [] }),
  });
  const heads = new Heads({
    pubsub: pubsub as unknown as GossipSub,
    topic: "t",
    self,
    epoch: 1,
    isMember: (peer) => peer === own || peer === remote,
    onHead: () => {},
    isTurnedAway: (_peer, { place }) => place !== undefined && turnedAway.has(place.id),
    known: () => ({ [self]: head.addresses }),
    onKnown: (peer, addresses) => assert(peer.length <= 100 && addresses.length <= 8),
    onBytes: () => {},
  });
  heads.start();
  const publish = (text: string) => {
    const message = { type: "signed", topic: "t", from: peerIdFromString(remote), data: utf8(text) };
    const verdict = topicValidators.get("t")!(message.from, message as never);
    if (verdict === TopicValidatorResult.Accept) {
      pubsub.dispatchEvent(new CustomEvent("message", { detail: message }));
    }
    return verdict;
  };
  return { heads, publish };
}

/** What is kept of a remote is a head by the rules, whatever it sent. */
function assertSound(kept: Head | undefined): void {
  if (!kept) return;
  assert(Number.isSafeInteger(kept.round) && kept.round >= 0 && kept.addresses.length <= 8);
  assert(kept.sketch === undefined || kept.sketch.length === SKETCH_SIZE && kept.sketch.every(Number.isFinite));
  assert(kept.mass === undefined || kept.mass > 0);
}

Deno.test("fuzz: a swap with a hostile peer leaves a sound head or none", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(1), async (mutation) => {
      const [{ heads: here }, { heads: there }] = [headsOf(own), headsOf(remote)];
      await Promise.all([here.announce(head), there.announce(head)]);
      const { honest, mutated } = await converse(
        mutation,
        (channel) => here.swap(channel, remote),
        (channel) => there.swap(channel, own),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
      assertSound(here.latest().get(remote));
    }),
    fuzzRuns(500),
  );
});

Deno.test("fuzz: what a member publishes is a sound head or is refused by the validator, which does not throw", async () => {
  const good = {
    epoch: 1,
    sequence: 5,
    round: 3,
    addresses: head.addresses,
    layout: "l",
    mass: 2,
    metrics: { loss: 0.5 },
    place,
    otherPlace: head.otherPlace,
  };
  const texts = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.tuple(fc.constantFrom(...Object.keys(good), "sketch", "features", "more"), fc.jsonValue())
      .map(([field, value]) => JSON.stringify({ ...good, [field]: value })),
    fc.uint8Array({ minLength: 4 * SKETCH_SIZE, maxLength: 4 * SKETCH_SIZE })
      .map((bits) => JSON.stringify({ ...good, sketch: encodeBase64(bits) })),
  );
  await fc.assert(
    fc.asyncProperty(texts, (text) => {
      const { heads, publish } = headsOf(own);
      const verdict = publish(text);
      const kept = heads.latest().get(remote);
      assertEquals(kept !== undefined, verdict === TopicValidatorResult.Accept);
      assertSound(kept);
      return Promise.resolve();
    }),
    fuzzRuns(1_000),
  );
});

Deno.test("fuzz: of heads that are replayed in any order, the newest stands", async () => {
  const stamps = fc.array(fc.record({ epoch: fc.nat(3), sequence: fc.nat(5) }), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(stamps, (stamps) => {
      const { heads, publish } = headsOf(own);
      // the round says which head it is
      const rank = ({ epoch, sequence }: { epoch: number; sequence: number }) => 10 * epoch + sequence;
      for (const stamp of stamps) publish(JSON.stringify({ ...stamp, round: rank(stamp), addresses: [] }));
      assertEquals(heads.latest().get(remote)?.round, Math.max(...stamps.map(rank)));
      return Promise.resolve();
    }),
    fuzzRuns(500),
  );
});

Deno.test("heads of a second process are passed over, also those that came before it was known as one", () => {
  const turnedAway = new Set<string>();
  const { heads, publish } = headsOf(own, turnedAway);
  const say = (one: typeof place, sequence: number, round: number) =>
    publish(JSON.stringify({ epoch: one.epoch, sequence, round, addresses: [], place: one }));
  const newer = { ...elsewhere, epoch: place.epoch + 1 };
  say(place, 1, 1);
  say(newer, 1, 50);
  assertEquals(heads.latest().get(remote)?.round, 50, "as if it had been started again");
  turnedAway.add(newer.id);
  assertEquals(heads.latest().get(remote), undefined);
  say(place, 2, 2);
  say(newer, 2, 51);
  assertEquals(heads.latest().get(remote)?.round, 2);
});
