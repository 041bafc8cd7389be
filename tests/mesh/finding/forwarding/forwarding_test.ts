/** Ports that a router forwards: which are asked for, of whom, and what is told to others. */
import { assertEquals } from "@std/assert";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { until } from "../../_connections.ts";
import {
  Forwarding,
  type ForwardingComponents,
  outside,
  wantedOf,
} from "../../../../src/mesh/finding/forwarding/forwarding.ts";
import {
  hostTowards,
  likelyRouters,
  type Router,
  type Wanted,
} from "../../../../src/mesh/finding/forwarding/router.ts";

Deno.test("routers are looked for at the ends of the private networks that this machine is in", () => {
  const interfaces = [
    { address: "127.0.0.1", family: "IPv4", netmask: "255.0.0.0" },
    { address: "fe80::1", family: "IPv6", netmask: "ffff:ffff:ffff:ffff::" },
    { address: "11.2.3.4", family: "IPv4", netmask: "255.255.255.0" },
    { address: "192.168.1.254", family: "IPv4", netmask: "255.255.255.0" },
    { address: "10.20.30.40", family: "IPv4", netmask: "255.255.0.0" },
  ] as const;
  assertEquals(likelyRouters(interfaces), ["192.168.1.1", "10.20.0.1", "10.20.255.254"]);
  assertEquals(hostTowards("10.20.255.254", interfaces), "10.20.30.40");
  assertEquals(hostTowards("172.16.0.1", interfaces), undefined);
});

Deno.test("ports of that address are asked for, but not those whose certificate names a host", () => {
  const host = "192.168.1.7";
  const wanted = (text: string) => wantedOf(multiaddr(text), host);
  assertEquals(wanted("/ip4/192.168.1.7/tcp/4001/ws"), { protocol: "tcp", host, port: 4001 });
  assertEquals(wanted("/ip4/192.168.1.7/udp/4001/quic"), { protocol: "udp", host, port: 4001 });
  for (const text of ["/ip4/127.0.0.1/tcp/4001", "/ip6/::1/tcp/1", "/ip4/192.168.1.7/tcp/443/tls/ws", "/p2p-circuit"]) {
    assertEquals(wanted(text), undefined, text);
  }
  const address = outside(multiaddr("/ip4/192.168.1.7/tcp/4001/ws"), { host: "11.0.0.1", port: 50_000 });
  assertEquals(`${address}`, "/ip4/11.0.0.1/tcp/50000/ws");
});

/** A node that listens on loopback, whose router is there too, and `answers`. */
async function start(answers: (wanted: Wanted) => { host: string; port: number }) {
  const warnings: string[] = [];
  let closed = 0;
  const router: Router = {
    host: "127.0.0.1",
    by: "NAT-PMP",
    forward: (wanted) => Promise.resolve(answers(wanted)),
    close: () => Promise.resolve(void closed++),
  };
  const node = await createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    services: {
      forwarding: (components: ForwardingComponents) =>
        new Forwarding(components, {
          find: () => Promise.resolve(router),
          warn: (message) => warnings.push(message),
          debug: () => {},
        }),
    },
  });
  node.services.forwarding.begin();
  await until(() => warnings.length > 0 || node.getMultiaddrs().length > 1, "what the router says");
  const addresses = node.getMultiaddrs().map((address) => `${address}`.split("/p2p/")[0]);
  await node.stop();
  return { addresses, warnings, closed };
}

Deno.test("where a port is forwarded is told beside where it is listened on", async () => {
  const { addresses, warnings } = await start(({ port }) => ({ host: "11.0.0.1", port: port > 0 ? 50_000 : 0 }));
  assertEquals(addresses.includes("/ip4/11.0.0.1/tcp/50000"), true, `${addresses}`);
  assertEquals(warnings, []);
});

Deno.test("a router that refuses, and one that has a private address itself, is told once and nothing is announced", async () => {
  const refusing = () => {
    throw new Error("no ports left");
  };
  for (
    const [answers, reason] of [[refusing, "no ports left"], [
      () => ({ host: "10.1.2.3", port: 1 }),
      "10.1.2.3",
    ]] as const
  ) {
    const { addresses, warnings, closed } = await start(answers);
    assertEquals([addresses.length, warnings.length, closed], [1, 1, 1]);
    assertEquals(warnings[0].includes(reason), true, warnings[0]);
  }
});
