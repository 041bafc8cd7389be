/**
 * What an address must be to be called, listened on or told to others; pure, so that a configuration can be refused
 * before anything starts.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { addressFault } from "./address_rules.ts";
 *
 * assertEquals(addressFault("/dns4/peer.hospital-b.example/tcp/4001", "call"), undefined);
 * assertEquals(addressFault("/dns4/peer.hospital-b.example", "call"), "must name a port, such as /tcp/4001");
 * ```
 *
 * @module
 */
import { type Component, multiaddr } from "@multiformats/multiaddr";
import { peerIdFromString } from "@libp2p/peer-id";

/**
 * What an address is for: to be called, as a relay's that is called for a slot, to be listened on, or to be told to
 * others beside those.
 */
export type AddressUse = "call" | "relay" | "listen" | "announce";

/** Protocols that begin an address on a network. */
const HOSTS = ["ip4", "ip6", "dns", "dns4", "dns6"];

/** Protocols that may follow /tcp/PORT: plain TCP, and websockets with and without TLS. */
const PLAIN = ["", "ws"];
const WITH_TLS = ["wss", "tls/ws", "tls/sni/ws"];

/** Transports that libp2p has and this peer has not. */
const FOREIGN = [
  "udp",
  "quic",
  "quic-v1",
  "webrtc",
  "webrtc-direct",
  "webtransport",
  "unix",
  "memory",
  "utp",
  "onion3",
];

/** What who calls or listens is set up for. */
export interface SpokenHere {
  /** Whether there is a certificate for /wss to be listened on. @default false */
  endsTls?: boolean;
  /** Whether QUIC is spoken as well, `/udp/PORT/quic`. @default false */
  quic?: boolean;
}

/** Why `text` cannot serve for `use`, as the rule that it breaks, beginning with "must"; `undefined` if it can. */
export function addressFault(
  text: string,
  use: AddressUse,
  { endsTls = false, quic = false }: SpokenHere = {},
): string | undefined {
  let components: Component[];
  try {
    components = multiaddr(text).getComponents();
  } catch {
    components = [];
  }
  if (components.length === 0) return "must be a multiaddr such as /ip4/192.0.2.7/tcp/4001";
  return peerIdFault(components) ??
    (use === "listen" ? listenFault(components, endsTls) : callFault(components, use, quic));
}

/** Whether a peer can be called at `text`, as far as the address alone tells. */
export function isCallable(text: string, spoken?: SpokenHere): boolean {
  return addressFault(text, "call", spoken) === undefined;
}

const last = (components: readonly Component[]): Component | undefined => components.at(-1);

function peerIdFault(components: readonly Component[]): string | undefined {
  for (const { name, value } of components) {
    if (name !== "p2p") continue;
    try {
      peerIdFromString(value!);
    } catch {
      return `must have a peer id after /p2p, not ${value}`;
    }
  }
}

function callFault(
  components: readonly Component[],
  use: Exclude<AddressUse, "listen">,
  quic: boolean,
): string | undefined {
  const circuit = components.findIndex(({ name }) => name === "p2p-circuit");
  const way = circuit < 0 ? components : components.slice(0, circuit);
  const hasPeer = last(way)?.name === "p2p";
  if (use === "relay" && circuit >= 0) return "must lead to the relay itself, not through another (/p2p-circuit)";
  if (circuit >= 0 && !hasPeer) return "must name the relay before /p2p-circuit, with /p2p/ID";
  if (circuit >= 0) {
    const behind = components.slice(circuit + 1);
    if (behind.length > 1 || behind.some(({ name }) => name !== "p2p")) {
      return "must have nothing but /p2p/ID after /p2p-circuit";
    }
    if (use === "call" && behind.length === 0) return "must name the peer behind the relay, with /p2p/ID at its end";
  }
  const fault = wayFault(hasPeer ? way.slice(0, -1) : way, [...PLAIN, ...WITH_TLS], { quic });
  if (fault !== undefined || use !== "relay" || hasPeer) return fault;
  return "must end with the relay's peer id, /p2p/ID";
}

function listenFault(components: readonly Component[], endsTls: boolean): string | undefined {
  if (components.some(({ name }) => name === "p2p-circuit")) {
    return "must be of this machine; relays to be reached through go under mesh.relays";
  }
  const way = last(components)?.name === "p2p" ? components.slice(0, -1) : components;
  if (!endsTls && way.some(({ name }) => name === "wss" || name === "tls")) {
    return "must be without TLS where no certificate is given (mesh.tls; a relay's --certificate and --key), as /ws " +
      "behind a proxy that ends it and whose address goes under mesh.announce";
  }
  return wayFault(way, endsTls ? [...PLAIN, "wss", "tls/ws"] : PLAIN, { listening: true });
}

/** Faults of an address without its peer. */
function wayFault(
  components: readonly Component[],
  endings: readonly string[],
  { listening = false, quic = false }: { listening?: boolean; quic?: boolean } = {},
): string | undefined {
  const [first, ...rest] = components[0]?.name === "ip6zone" ? components.slice(1) : components;
  // a record of the name server's that holds whole addresses
  if (first?.name === "dnsaddr" && rest.length === 0 && !listening) return hostFault(first);
  const isOverQuic = rest.length === 2 && rest[0].name === "udp" && rest[1].name === "quic";
  if (isOverQuic && listening) {
    return "must be without /udp/PORT/quic: the port goes under mesh.quic (a relay's --quic)";
  }
  if (isOverQuic && !quic) return "must lead over TCP or websockets, or mesh.quic (a relay's --quic) name a UDP port";
  if (isOverQuic && components[0].name === "ip6zone") {
    return "must be valid beyond one link over QUIC, without /ip6zone";
  }
  const foreign = isOverQuic ? undefined : components.find(({ name }) => FOREIGN.includes(name));
  if (foreign) return `must lead over TCP or websockets; /${foreign.name} is not spoken here`;
  if (!first || !HOSTS.includes(first.name)) return "must begin with /ip4, /ip6 or a name such as /dns4/HOST";
  const zone = components[0].name === "ip6zone" ? components[0].value : undefined;
  const host = hostFault(first, { listening, zone });
  if (host !== undefined) return host;
  const [port, ...ending] = rest;
  if (port?.name !== "tcp" && !isOverQuic) return "must name a port, such as /tcp/4001";
  if (port.value === "0" && !listening) return "must name the port, which is never 0";
  if (isOverQuic) return undefined;
  const written = ending.map(({ name }) => name).join("/");
  if (endings.includes(written)) return undefined;
  return `must lead over TCP or websockets; /${written} after the port is not spoken here`;
}

function hostFault(
  { name, value = "" }: Component,
  { listening = false, zone }: { listening?: boolean; zone?: string } = {},
): string | undefined {
  if (name.startsWith("dns")) {
    const isName = value.length <= 253 && /^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*[\p{L}\p{N}_.])?$/u.test(value) &&
      !value.includes("..");
    return isName ? undefined : `must have a host name after /${name}, not ${value}`;
  }
  const isAny = name === "ip4" ? /^0\./.test(value) : /^[0:]+$/.test(value);
  if (isAny && !listening) return `must name one machine; ${value} stands for all addresses of this one`;
  const isMany = name === "ip4" ? /^(22[4-9]|23\d)\.|^255\.255\.255\.255$/.test(value) : /^ff/i.test(value);
  if (isMany) return `must name one machine; ${value} is an address of many`;
  const isOfLink = name === "ip6" && /^fe[89ab]/i.test(value);
  if (isOfLink && zone === undefined) return `must name the interface that ${value} is on, such as /ip6zone/eth0/ip6/…`;
  return undefined;
}
