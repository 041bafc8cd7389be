import { assertEquals } from "@std/assert";
import type { GossipSub } from "@libp2p/gossipsub";
import { headMessage } from "../../../src/mesh/heads/head.ts";
import { Heads } from "../../../src/mesh/heads/heads.ts";
import { channelPair } from "../_streams.ts";

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
