/** Members that speak QUIC, with real nodes and a relay. */
import { assertEquals, assertRejects } from "@std/assert";
import { isQuic } from "../../../../src/mesh/finding/multiaddrs.ts";
import { lead, PUNCH_PROTOCOL } from "../../../../src/mesh/finding/punching/protocol.ts";
import { udpHosts } from "../../../../src/mesh/finding/udp_sockets.ts";
import { startRelay } from "../../../../src/mesh/connections/relay_node.ts";
import { startConnections, until } from "../../_connections.ts";
import { newIdentity } from "../../_identities.ts";

const [alice, bob, relay] = await Promise.all([1, 2, 3].map(newIdentity));
const members = [alice, bob];
const hasIpv6 = udpHosts().includes("::");

Deno.test("two that listen over UDP alone meet through a relay, then directly, and ask for it no more often than they may", async () => {
  const carrier = await startRelay({ identity: relay, listen: ["/ip4/127.0.0.1/tcp/0"], quic: 0 });
  await using _ended = { [Symbol.asyncDispose]: () => carrier.stop() };
  const relays = carrier.addresses().slice(0, 1);
  await using a = await startConnections(alice, members, { relays, listen: [], quic: 0 });
  await using b = await startConnections(bob, members, { relays, listen: [], quic: 0 });
  for (const [from, to] of [[a, bob], [b, alice]] as const) {
    const direct = () => from.connections.admission.connectionTo(to.peerId)?.direct === true;
    await until(direct, "a direct connection");
    assertEquals(isQuic(from.connections.admission.connectionTo(to.peerId)!.remoteAddr), true);
  }
  // who has not led before asks the other where it is seen: by the relay over both families
  const [small, large] = alice.peerId < bob.peerId ? [alice, b] : [bob, a];
  const channel = await large.connections.open(small.peerId, PUNCH_PROTOCOL, "control");
  const { addresses } = await lead(channel, ["/ip4/127.0.0.1/udp/9/quic"]);
  await channel.close();
  assertEquals(addresses.map((address) => address.split("/")[1]), hasIpv6 ? ["ip4", "ip6"] : ["ip4"]);
  const ask = async () => {
    const channel = await a.connections.open(bob.peerId, PUNCH_PROTOCOL, "control");
    await lead(channel, []).finally(() => channel.close());
  };
  await assertRejects(async () => {
    for (let i = 0; i < 20; i++) await ask();
  });
});

Deno.test("a relay whose own UDP port is taken says which flag has it", async () => {
  const taken = Deno.listenDatagram({ hostname: "0.0.0.0", port: 0, transport: "udp" });
  const { port } = taken.addr as Deno.NetAddr;
  await assertRejects(
    () => startRelay({ identity: relay, listen: ["/ip4/127.0.0.1/tcp/0"], quic: port }),
    Error,
    `(--quic: ${port})`,
  );
  taken.close();
});
