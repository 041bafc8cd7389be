/** Whether a process may listen where it is to, before it computes anything. */
import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { portFault, portOf, requirePorts, requireUdpPort } from "../../../src/mesh/finding/ports.ts";

Deno.test("an address is a host and a port, and a name stands for all of this machine's", () => {
  assertEquals(portOf("/ip6/::/tcp/4001"), { address: "/ip6/::/tcp/4001", hostname: "::", port: 4001 });
  assertEquals(portOf("/dns4/peer.example/tcp/443/wss").hostname, "0.0.0.0");
  assertEquals(portOf("/ip6zone/eth0/ip6/fe80::1/tcp/9").hostname, "fe80::1");
});

Deno.test("a port that is taken, and an address of another machine, are told with what helps", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const address = `/ip4/127.0.0.1/tcp/${port}`;
  requirePorts(["/ip4/127.0.0.1/tcp/0"], "mesh.listen");
  const sentence = "starting the network: an address is in use by another program; end it (ss -ltnp | grep :" +
    `${port} names it), or listen on another port (mesh.listen: ${address})`;
  assertThrows(() => requirePorts(["/ip4/127.0.0.1/tcp/0", address], "mesh.listen"), UserError, sentence);
  assertThrows(() => requirePorts(["/ip4/192.0.2.77/tcp/0"], "--listen"), UserError, "an address of this machine");
});

Deno.test("a UDP port that is taken is told, and so is a Deno without QUIC", () => {
  const taken = Deno.listenDatagram({ hostname: "0.0.0.0", port: 0, transport: "udp" });
  const { port } = taken.addr as Deno.NetAddr;
  const sentence = "starting the network: a UDP port is in use by another program; end it (ss -lunp | grep :" +
    `${port} names it), or take another port (mesh.quic: ${port})`;
  assertThrows(() => requireUdpPort(port, "mesh.quic"), UserError, sentence);
  taken.close();
  requireUdpPort(port, "mesh.quic");
  const { QuicEndpoint } = Deno;
  Object.assign(Deno, { QuicEndpoint: undefined });
  try {
    assertThrows(() => requireUdpPort(0, "--quic"), UserError, "run it with --unstable-net");
  } finally {
    Object.assign(Deno, { QuicEndpoint });
  }
});

Deno.test({
  name: "without the permission to listen, it is told which flag gives it",
  permissions: { net: false },
  fn() {
    const fault = portFault(portOf("/ip4/127.0.0.1/tcp/0"));
    assertEquals(fault, { says: "is not where Deno may listen", remedy: "give it --allow-net" });
  },
});
