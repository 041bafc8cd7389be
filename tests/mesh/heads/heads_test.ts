import { assert, assertEquals } from "@std/assert";
import { type GossipSub, TopicValidatorResult } from "@libp2p/gossipsub";
import { peerIdFromString } from "@libp2p/peer-id";
import { utf8 } from "../../../src/core/bytes.ts";
import { headMessage } from "../../../src/mesh/heads/head.ts";
import { Heads } from "../../../src/mesh/heads/heads.ts";
import { newIdentity } from "../_identities.ts";
import { channelPair } from "../_streams.ts";

const SOME = (await Promise.all([newIdentity(), newIdentity()])).map(({ peerId }) => peerId);

Deno.test("a member whose clock was far ahead when it began is told once, by how much", async () => {
  const told: [string, number][] = [];
  const heads = new Heads({
    ...{ pubsub: {} as GossipSub, topic: "test", self: "own", epoch: 1, isMember: () => true },
    ...{ onHead: () => {}, known: () => ({}), onKnown: () => {}, onBytes: () => {} },
    onClockAhead: (peer, milliseconds) => told.push([peer, Math.round(milliseconds / 3_600_000)]),
  });
  for (const hours of [-5, 0.5, 24 * 365, 24 * 365]) {
    const { a, b } = await channelPair();
    const epoch = Math.round(Date.now() + hours * 3_600_000);
    await b.sendMessage({
      type: "heads",
      head: headMessage({ epoch, sequence: 1, head: { round: 1, addresses: [] } }),
      known: {},
    });
    await heads.swap(a, "other");
    a.abort(new Error("over"));
    b.abort(new Error("over"));
  }
  assertEquals(told, [["other", 24 * 365]]);
});

Deno.test("of a member that publishes heads without end a burst is passed on, and another's go on", () => {
  const topicValidators: GossipSub["topicValidators"] = new Map();
  const pubsub = Object.assign(new EventTarget(), { topicValidators, subscribe: () => {} });
  const heads = new Heads({
    ...{ pubsub: pubsub as unknown as GossipSub, topic: "test", self: "own", epoch: 1, isMember: () => true },
    ...{ onHead: () => {}, known: () => ({}), onKnown: () => {}, onBytes: () => {}, onClockAhead: () => {} },
  });
  heads.start();
  const publish = (peer: string, sequence: number) => {
    const text = JSON.stringify(headMessage({ epoch: 1, sequence, head: { round: 1, addresses: [] } }));
    const from = peerIdFromString(peer);
    return topicValidators.get("test")!(from, { type: "signed", topic: "test", from, data: utf8(text) } as never);
  };
  const [spammer, other] = SOME;
  const began = performance.now();
  const verdicts = Array.from({ length: 1_000 }, (_, sequence) => publish(spammer, sequence));
  const passed = verdicts.filter((verdict) => verdict === TopicValidatorResult.Accept).length;
  const most = 101 + (performance.now() - began) / 200; // 100 at once, and 5 a second
  assert(passed >= 100 && passed <= most, `${passed} heads, of ${most} at most`);
  assert(!verdicts.includes(TopicValidatorResult.Reject), "gossipsub would cut off whoever passes them on");
  assertEquals(publish(other, 1), TopicValidatorResult.Accept);
});
