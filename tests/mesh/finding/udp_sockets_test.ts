/** On which sockets a node takes calls over UDP. */
import { assert, assertEquals } from "@std/assert";
import { familiesOf, quicAddresses, udpHosts } from "../../../src/mesh/finding/udp_sockets.ts";

Deno.test("whoever listens at all hosts on one port has all of both families, and no second socket where one is enough", () => {
  const hosts = udpHosts();
  assert([["::"], ["0.0.0.0", "::"], ["0.0.0.0"]].some((one) => `${one}` === `${hosts}`), `${hosts}`);
  assertEquals(quicAddresses(4001).length, hosts.length);
  assertEquals(quicAddresses(undefined), []);
  const port = 0;
  const sockets = hosts.map((hostname) => Deno.listenDatagram({ hostname, port, transport: "udp" }));
  for (const socket of sockets) socket.close();
});

Deno.test({
  name: "a machine without IPv6 is listened on over IPv4",
  permissions: { net: ["0.0.0.0", "127.0.0.1"] },
  fn() {
    assertEquals(udpHosts(), ["0.0.0.0"]);
    assertEquals(quicAddresses(4001), ["/ip4/0.0.0.0/udp/4001/quic"]);
    assertEquals(familiesOf("::1"), ["ip6"]);
  },
});
