/** Which addresses can be called, listened on, told and reserved at; without a network. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { addressFault, type AddressUse } from "../../../src/mesh/finding/address_rules.ts";
import { startRelay } from "../../../src/mesh/connections/relay_node.ts";
import { checkAddresses } from "../../../src/mesh/addresses.ts";
import { newIdentity } from "../_identities.ts";

const identity = await newIdentity();
const [id, relay] = [identity.peerId, (await newIdentity()).peerId];
const circuit = `/dns4/relay.example/tcp/443/wss/p2p/${relay}/p2p-circuit`;

const fine: [AddressUse, string[]][] = [
  ["call", [
    "/ip4/192.0.2.7/tcp/4001",
    `/ip4/192.0.2.7/tcp/4001/p2p/${id}`,
    `/ip4/192.0.2.7/tcp/4001/ipfs/${id}`,
    "/ip6/2001:db8::7/tcp/4001",
    "/ip6zone/eth0/ip6/fe80::1/tcp/4001",
    "/dns/peer.example/tcp/4001",
    "/dns4/peer_1.hospital-b.example./tcp/4001",
    "/dns6/peer.example/tcp/80/ws",
    "/dns4/peer.example/tcp/443/wss",
    "/dns4/peer.example/tcp/443/tls/ws",
    "/dns4/peer.example/tcp/443/tls/sni/other.example/ws",
    `/dnsaddr/peers.example/p2p/${id}`,
    `${circuit}/p2p/${id}`,
  ]],
  ["listen", ["/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/4001", "/ip4/127.0.0.1/tcp/4001/ws"]],
  ["announce", ["/dns4/peer.example/tcp/443/wss", "/ip4/192.0.2.7/tcp/4001", circuit]],
  ["relay", [`/dns4/relay.example/tcp/443/wss/p2p/${relay}`]],
];

Deno.test("addresses of every kind that this peer speaks are accepted", () => {
  for (const [use, texts] of fine) {
    for (const text of texts) assertEquals([text, addressFault(text, use)], [text, undefined]);
  }
});

const MULTIADDR = "must be a multiaddr such as /ip4/192.0.2.7/tcp/4001";
const PORT = "must name a port, such as /tcp/4001";
const START = "must begin with /ip4, /ip6 or a name such as /dns4/HOST";
const wrong: [AddressUse, string, string][] = [
  ["call", "", MULTIADDR],
  ["call", "/", MULTIADDR],
  ["call", "192.0.2.7:4001", MULTIADDR],
  ["call", "/ip4/192.0.2.700/tcp/4001", MULTIADDR],
  ["call", "/ip4/192.0.2.7/tcp/70000", MULTIADDR],
  ["call", "/ip4/192.0.2.7", PORT],
  ["call", "/dns4/peer.example", PORT],
  ["call", `/dns4/peer.example/p2p/${id}`, PORT],
  ["call", "/dns4/peer.example/ws", PORT],
  ["call", "/ip4/192.0.2.7/tcp/0", "must name the port, which is never 0"],
  ["call", "/ip4/192.0.2.7/udp/4001", "must lead over TCP or websockets; /udp is not spoken here"],
  ["call", "/ip4/192.0.2.7/udp/4001/quic-v1", "must lead over TCP or websockets; /udp is not spoken here"],
  ["call", "/unix/run%2Fpeer.sock", "must lead over TCP or websockets; /unix is not spoken here"],
  ["call", "/memory/peer", "must lead over TCP or websockets; /memory is not spoken here"],
  [
    "call",
    "/ip4/192.0.2.7/tcp/443/https",
    "must lead over TCP or websockets; /https after the port is not spoken here",
  ],
  ["call", "/ip4/192.0.2.7/tcp/1/tcp/2", "must lead over TCP or websockets; /tcp after the port is not spoken here"],
  ["call", "/tcp/4001", START],
  ["call", `/p2p/${id}`, START],
  ["call", "/ip4/0.0.0.0/tcp/4001", "must name one machine; 0.0.0.0 stands for all addresses of this one"],
  ["call", "/ip6/::/tcp/4001", "must name one machine; :: stands for all addresses of this one"],
  ["call", "/ip4/224.0.0.251/tcp/4001", "must name one machine; 224.0.0.251 is an address of many"],
  ["call", "/ip4/255.255.255.255/tcp/4001", "must name one machine; 255.255.255.255 is an address of many"],
  ["call", "/ip6/ff02::1/tcp/4001", "must name one machine; ff02::1 is an address of many"],
  ["call", "/ip6/fe80::1/tcp/4001", "must name the interface that fe80::1 is on, such as /ip6zone/eth0/ip6/…"],
  ["call", "/dns4/peer example/tcp/4001", "must have a host name after /dns4, not peer example"],
  ["call", "/dns4/peer.example:4001/tcp/4001", "must have a host name after /dns4, not peer.example:4001"],
  ["call", "/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWgarbage", "must have a peer id after /p2p, not 12D3KooWgarbage"],
  ["call", "/ip4/192.0.2.7/tcp/4001/p2p/hospital", "must have a peer id after /p2p, not hospital"],
  ["call", `/p2p-circuit/p2p/${id}`, "must name the relay before /p2p-circuit, with /p2p/ID"],
  ["call", `/ip4/192.0.2.7/tcp/1/p2p-circuit/p2p/${id}`, "must name the relay before /p2p-circuit, with /p2p/ID"],
  ["call", circuit, "must name the peer behind the relay, with /p2p/ID at its end"],
  ["call", `/ip4/192.0.2.7/p2p/${relay}/p2p-circuit/p2p/${id}`, PORT],
  ["call", `${circuit}/p2p/${id}/tcp/1`, "must have nothing but /p2p/ID after /p2p-circuit"],
  ["relay", "/ip4/192.0.2.7/tcp/1", "must end with the relay's peer id, /p2p/ID"],
  ["relay", `${circuit}/p2p/${id}`, "must lead to the relay itself, not through another (/p2p-circuit)"],
  ["relay", `/ip4/192.0.2.7/udp/1/p2p/${relay}`, "must lead over TCP or websockets; /udp is not spoken here"],
  ["announce", "/ip4/0.0.0.0/tcp/4001", "must name one machine; 0.0.0.0 stands for all addresses of this one"],
  ["announce", "/dns4/peer.example/tcp/0", "must name the port, which is never 0"],
  ["announce", "/dns4/peer.example", PORT],
  ["listen", "/ip4/0.0.0.0", PORT],
  ["listen", "/ip4/0.0.0.0/udp/4001/quic-v1", "must lead over TCP or websockets; /udp is not spoken here"],
  ["listen", "/ip4/239.0.0.1/tcp/4001", "must name one machine; 239.0.0.1 is an address of many"],
  ["listen", circuit, "must be of this machine; relays to be reached through go under mesh.relays"],
  [
    "listen",
    "/ip4/0.0.0.0/tcp/443/wss",
    "must be without TLS where no certificate is given (mesh.tls; a relay's --certificate and --key), as /ws behind a " +
    "proxy that ends it and whose address goes under mesh.announce",
  ],
];

Deno.test("what cannot be called, listened on, told or reserved at is refused by the rule that it breaks", () => {
  for (const [use, text, fault] of wrong) assertEquals([use, text, addressFault(text, use)], [use, text, fault]);
});

Deno.test("where QUIC is spoken, its addresses are called and told, and never listened on by name", () => {
  const address = "/ip4/192.0.2.7/udp/4001/quic";
  const spoken = { quic: true };
  for (const use of ["call", "announce"] as const) {
    assertEquals(addressFault(address, use, spoken), undefined);
    const off = "must lead over TCP or websockets, or mesh.quic (a relay's --quic) name a UDP port";
    assertEquals(addressFault(address, use), off);
  }
  assertEquals(addressFault(`${address}/p2p/${relay}`, "relay", spoken), undefined);
  assertEquals(addressFault("/ip4/192.0.2.7/udp/0/quic", "call", spoken), "must name the port, which is never 0");
  assertEquals(addressFault("/ip6/2001:db8::7/udp/4001/quic", "announce", spoken), undefined);
  const ofLink = "must be valid beyond one link over QUIC, without /ip6zone";
  assertEquals(addressFault("/ip6zone/eth0/ip6/fe80::7/udp/4001/quic", "call", spoken), ofLink);
  const standard = "must lead over TCP or websockets; /udp is not spoken here";
  assertEquals(addressFault(`${address}-v1`, "call", spoken), standard);
  const listening = "must be without /udp/PORT/quic: the port goes under mesh.quic (a relay's --quic)";
  assertEquals(addressFault("/ip4/0.0.0.0/udp/4001/quic", "listen", spoken), listening);
});

Deno.test("a UDP port is a whole number of 16 bits", () => {
  for (const quic of [-1, 65_536, 4001.5]) {
    const sentence = `reading: a UDP port must be a whole number from 0 to 65535 (mesh.quic: ${quic})`;
    assertThrows(() => checkAddresses({ members: [], quic }, { doing: "reading" }), UserError, sentence);
  }
});

Deno.test("an error names file, field, place in the list and value", () => {
  const fields = { bootstrap: "call", relays: "relay", announce: "announce", listen: "listen" } as const;
  for (const [field, use] of Object.entries(fields)) {
    const [, good] = fine.find(([one]) => one === use)!;
    assertThrows(
      () =>
        checkAddresses({ members: [], [field]: [good[0], "/dns4/b.example"] }, { doing: "reading", where: "a.json" }),
      UserError,
      `(a.json, field "mesh.${field}[1]": /dns4/b.example)`,
    );
  }
});

Deno.test("a relay's flags are held to the same rules", async () => {
  const listen = ["/ip4/127.0.0.1/tcp/0"];
  await assertRejects(
    () => startRelay({ identity, listen: ["/ip4/0.0.0.0/udp/1/quic-v1"] }),
    UserError,
    "/udp is not spoken here (--listen: /ip4/0.0.0.0/udp/1/quic-v1)",
  );
  await assertRejects(
    () => startRelay({ identity, listen, announce: ["/dns4/relay.example"] }),
    UserError,
    "must name a port, such as /tcp/4001 (--announce: /dns4/relay.example)",
  );
});

Deno.test("with a certificate, secure websockets can be listened on, and one must be", () => {
  const secure = "/ip4/0.0.0.0/tcp/443/wss";
  for (const address of [secure, "/ip4/0.0.0.0/tcp/443/tls/ws", "/ip4/0.0.0.0/tcp/4001"]) {
    assertEquals(addressFault(address, "listen", { endsTls: true }), undefined);
  }
  const tls = { certificate: "a.pem", key: "a.key" };
  checkAddresses({ members: [], listen: ["/ip4/0.0.0.0/tcp/4001", secure], tls });
  assertThrows(
    () =>
      checkAddresses({ members: [], listen: ["/ip4/0.0.0.0/tcp/4001"], tls }, { doing: "reading", where: "a.json" }),
    UserError,
    'reading: with a certificate, one address of mesh.listen must end in /wss, such as /ip4/0.0.0.0/tcp/443/wss (a.json, field "mesh.tls": /ip4/0.0.0.0/tcp/4001)',
  );
});
