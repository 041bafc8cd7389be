/** Connections through relays, and direct ones in their place, with real nodes. */
import { assert, assertEquals } from "@std/assert";
import { multiaddr } from "@multiformats/multiaddr";
import { chooseAnnounced } from "../../../src/mesh/finding/announcing.ts";
import type { ChannelHandler } from "../../../src/mesh/protocols/peers.ts";
import { isRelayed, peerOf, relayOf } from "../../../src/mesh/finding/multiaddrs.ts";
import { Relays } from "../../../src/mesh/finding/relays.ts";
import { startRelay } from "../../../src/mesh/connections/relay_node.ts";
import { startConnections, until } from "../_connections.ts";
import { newIdentity } from "../_identities.ts";

const [alice, bob, carol, relay] = await Promise.all([1, 2, 3, 4].map(newIdentity));
const members = [alice, bob, carol];

/** Sends back each message of a stream. */
const ECHO = "/syncytium/echo/1";
const echo: Record<string, ChannelHandler> = {
  [ECHO]: {
    kind: "control",
    doing: "echoing",
    serve: async (channel, _peer, signal) => {
      while (true) await channel.sendMessage(await channel.receiveMessage(String, signal), signal);
    },
  },
};

Deno.test("two that only call out reach each other through the member that both have called", async () => {
  await using a = await startConnections(alice, members);
  const bootstrap = a.connections.addresses();
  const calling = { bootstrap, listen: [], uncalledTime: 0 };
  await using b = await startConnections(bob, members, calling);
  await until(() => b.connections.addresses().length > 0, "a slot at the member");
  const through = b.connections.addresses()[0];
  assertEquals([relayOf(multiaddr(through)), peerOf(multiaddr(through))], [alice.peerId, bob.peerId]);
  await using c = await startConnections(carol, members, { ...calling, bootstrap: [...bootstrap, through] });
  await Promise.all([c.joined(bob.peerId), b.joined(carol.peerId)]);
  assertEquals(c.connections.admission.connectionTo(bob.peerId)?.direct, false);
});

Deno.test("a direct connection takes the place of a relayed one, and a stream on that goes on to its end", async () => {
  const carrier = await startRelay({ identity: relay, listen: ["/ip4/127.0.0.1/tcp/0"] });
  const relays = carrier.addresses();
  await using a = await startConnections(alice, members, { relays, handlers: echo });
  await using b = await startConnections(bob, members, { relays, listen: [] });
  // nobody has told bob where alice listens
  await Promise.all([a.joined(bob.peerId), b.joined(alice.peerId)]);
  const { admission } = b.connections;
  const relayed = admission.connectionTo(alice.peerId)!;
  assertEquals(relayed.direct, false);
  const channel = await b.connections.open(alice.peerId, ECHO, "control");
  await channel.sendMessage("before");
  assertEquals(await channel.receiveMessage(String), "before");

  b.connections.finding.hear(alice.peerId, a.connections.addresses());
  await until(() => admission.connectionTo(alice.peerId)?.direct === true, "a direct connection");
  await channel.sendMessage("after");
  assertEquals(await channel.receiveMessage(String), "after");
  assertEquals(relayed.status, "open");
  channel.abort(new Error("done"));
  await until(() => relayed.status !== "open", "the end of the relayed connection");
  // more than one where both have called in the same moment
  const left = admission.connectionsTo(alice.peerId);
  assert(left.length > 0 && left.every(({ direct }) => direct));
  await carrier.stop();
});

Deno.test("a stranger gets no slot and no connection through a member, nor an application byte from a relay's own", async () => {
  const stranger = await newIdentity();
  const refused: string[] = [];
  const carrier = await startRelay({ identity: relay, listen: ["/ip4/127.0.0.1/tcp/0"] });
  const relays = carrier.addresses();
  const hear = { refused: (peer: string) => refused.push(peer) };
  await using a = await startConnections(alice, members, { relays, listen: [], ...hear });
  await until(() => carrier.reservations().includes(alice.peerId), "alice's slot");
  const outside = await startConnections(stranger, [stranger, alice], { relays, listen: [] });
  await until(() => refused.includes(stranger.peerId), "the refusal");
  assertEquals(a.connections.admission.present(), []);
  await outside[Symbol.asyncDispose]();
  assertEquals(refused, [stranger.peerId], "the relay is nobody's stranger");
  await carrier.stop();
});

Deno.test("a relay grants slots to the listed peers only, and no more than it has", async () => {
  const listen = ["/ip4/127.0.0.1/tcp/0"];
  const carrier = await startRelay({ identity: relay, listen, peers: [alice.peerId, carol.peerId], reservations: 1 });
  const relays = carrier.addresses();
  await using a = await startConnections(alice, members, { relays, listen: [] });
  await until(() => a.connections.addresses().length > 0, "alice's slot");
  const said: string[] = [];
  const debug = (line: string) => said.push(line);
  await using b = await startConnections(bob, members, { relays, listen: [], debug });
  await until(() => said.some((line) => line.includes("PERMISSION_DENIED")), "bob's refusal");
  await using c = await startConnections(carol, members, { relays, listen: [], debug });
  await until(() => said.some((line) => line.includes("RESERVATION_REFUSED")), "carol's refusal");
  assertEquals(carrier.reservations(), [alice.peerId]);
  assertEquals([b, c].flatMap(({ connections }) => connections.addresses()), []);
  await carrier.stop();
});

Deno.test("members meet over websockets, too", async () => {
  await using a = await startConnections(alice, members, { listen: ["/ip4/127.0.0.1/tcp/0/ws"] });
  const [address] = a.connections.addresses();
  assert(address.includes("/ws/"), address);
  await using b = await startConnections(bob, members, { listen: [], bootstrap: [address] });
  await Promise.all([b.joined(alice.peerId), a.joined(bob.peerId)]);
});

Deno.test("an announced address is told beside those that are listened on", async () => {
  const announce = ["/dns4/hospital.example/tcp/443/wss"];
  await using a = await startConnections(alice, members, { announce });
  const [first, second] = a.connections.addresses();
  assertEquals(first, `${announce[0]}/p2p/${alice.peerId}`);
  assert(second.startsWith("/ip4/127.0.0.1/tcp/"));
});

Deno.test("relayed addresses read: their relay, their peer, and neither where there is none", () => {
  const [r, p] = [relay.peerId, bob.peerId];
  const cases = [
    [`/ip4/192.0.2.1/tcp/1/p2p/${r}/p2p-circuit/p2p/${p}`, r, p, true],
    [`/ip4/192.0.2.1/tcp/1/p2p/${r}/p2p-circuit`, r, undefined, true],
    [`/ip4/192.0.2.1/tcp/1/p2p/${p}`, undefined, p, false],
    ["/ip4/192.0.2.1/tcp/1", undefined, undefined, false],
  ] as const;
  for (const [text, through, peer, relayed] of cases) {
    const address = multiaddr(text);
    assertEquals([relayOf(address), peerOf(address), isRelayed(address)], [through, peer, relayed]);
  }
});

Deno.test("relays that are heard of are forgotten when there are too many, configured ones never", () => {
  const relays = new Relays([`/ip4/192.0.2.1/tcp/1/p2p/${relay.peerId}`]);
  for (let i = 0; i < 1000; i++) relays.heard(`peer-${i}`);
  assertEquals([relays.has("peer-0"), relays.has("peer-999"), relays.has(relay.peerId)], [false, true, true]);
});

Deno.test("what is announced keeps room for direct and for relayed addresses, this machine's own last", () => {
  const direct = Array.from({ length: 20 }, (_, i) => `/ip4/192.0.2.${i}/tcp/1`);
  const relayed = Array.from({ length: 20 }, (_, i) => `/ip4/198.51.100.${i}/tcp/1/p2p/${relay.peerId}/p2p-circuit`);
  const own = "/ip4/127.0.0.1/tcp/1";
  assertEquals(chooseAnnounced([own, ...direct, ...relayed]), [...direct.slice(0, 5), ...relayed.slice(0, 3)]);
  assertEquals(chooseAnnounced([own, direct[0], direct[0]]), [direct[0], own]);
  assertEquals(chooseAnnounced(relayed, 4), relayed.slice(0, 4));
});
