/** What libp2p is told of that mDNS finds. */
import { assertEquals } from "@std/assert";
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { newsFilter } from "../../../src/mesh/finding/mdns.ts";
import { newIdentity } from "../_identities.ts";

Deno.test("after the start an answer is passed on if it says something new, or has not been heard for a minute", async () => {
  let now = 0;
  const isNews = newsFilter(() => now);
  const [one, other] = [peerIdFromString((await newIdentity()).peerId), peerIdFromString((await newIdentity()).peerId)];
  const at = (...ports: number[]) => ports.map((port) => multiaddr(`/ip4/192.0.2.1/tcp/${port}`));
  for (now of [1, 30_000]) assertEquals(isNews({ id: one, multiaddrs: at(1, 2) }), true);
  now = 30_001;
  assertEquals(isNews({ id: one, multiaddrs: at(1, 2) }), true);
  assertEquals(isNews({ id: one, multiaddrs: at(2, 1) }), false); // the order says nothing
  assertEquals(isNews({ id: other, multiaddrs: at(1, 2) }), true);
  assertEquals(isNews({ id: one, multiaddrs: at(3) }), true);
  now = 90_000;
  assertEquals(isNews({ id: one, multiaddrs: at(3) }), false);
  now = 90_001;
  assertEquals(isNews({ id: one, multiaddrs: at(3) }), true);
  assertEquals(isNews({ id: one, multiaddrs: at(3) }), false);
});
