/** How two members agree to call each other at once. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { sleep } from "../../../../src/core/deadline.ts";
import { enterWorld, world } from "../../../../src/core/world.ts";
import { follow, lead } from "../../../../src/mesh/finding/punching/protocol.ts";
import { channelPair } from "../../_streams.ts";

const [here, there] = ["/ip4/192.0.2.7/udp/4001/quic", "/ip4/198.51.100.9/udp/51413/quic"];

Deno.test("each learns where the other is seen, and who leads waits for half of the way there and back", async () => {
  const { a, b } = await channelPair();
  let elapsed = 0;
  const clock = enterWorld({ ...world, elapsed: () => (elapsed += 60) });
  const [leads, follows] = await Promise.all([
    lead(a, [here]),
    follow(b, () => Promise.resolve([there])),
  ]).finally(() => clock[Symbol.dispose]());
  assertEquals(leads, { addresses: [there], wait: 30 });
  assertEquals(follows, { addresses: [here], wait: 0 });
});

Deno.test("who does not know where it is seen says so, and nobody calls", async () => {
  for (const [own, other] of [[[], [there]], [[here], []]]) {
    const { a, b } = await channelPair();
    const agreed = await Promise.all([lead(a, own), follow(b, () => Promise.resolve(other))]);
    assertEquals(agreed.map(({ addresses }) => addresses), [[], []]);
  }
});

Deno.test("who has said nothing yet is not asked where it is seen", async () => {
  const { a, b } = await channelPair();
  let asked = false;
  const following = follow(b, () => {
    asked = true;
    return Promise.resolve([there]);
  });
  await sleep(1);
  a.abort(new Error("it goes"));
  await assertRejects(() => following);
  assert(!asked);
});

const hostile = [
  "/ip4/127.0.0.1/tcp/22",
  "/ip4/192.0.2.7/udp/4001",
  "/ip4/192.0.2.7/udp/4001/quic-v1",
  "/ip4/192.0.2.7/udp/4001/quic/p2p/12D3KooWJwKBx4NvoVWoFvXyjLKwMnzsFjfDQ6VJrwxAFBBBSBNe",
  "/dns4/victim.example/udp/53/quic",
  "/ip4/224.0.0.251/udp/5353/quic",
  "/ip4/0.0.0.0/udp/53/quic",
  "/ip4/192.0.2.7/udp/0/quic",
  "nowhere",
];

Deno.test("addresses that are not one machine's over QUIC, and more than two, are refused, and none is called", async () => {
  for (const addresses of [...hostile.map((one) => [one]), [here, there, here]]) {
    const { a, b } = await channelPair();
    await a.sendMessage({ type: "addresses", addresses });
    await assertRejects(() => follow(b, () => Promise.resolve([there])), Error, "", `${addresses}`);
    b.abort(new Error("over"));
  }
});
