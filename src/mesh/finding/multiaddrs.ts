/**
 * Whom an address leads to, and by way of whom.
 *
 * @module
 */
import { CODE_P2P, CODE_P2P_CIRCUIT, type Multiaddr } from "@multiformats/multiaddr";

/** Protocols that begin the address of one machine. */
const HOSTS: ReadonlySet<string> = new Set(["ip4", "ip6", "dns", "dns4", "dns6"]);

/** The peer id of the relay in a relayed address; `undefined` in a direct one. */
export function relayOf(address: Multiaddr): string | undefined {
  const components = address.getComponents();
  const circuit = components.findIndex(({ code }) => code === CODE_P2P_CIRCUIT);
  return components.slice(0, Math.max(circuit, 0)).findLast(({ code }) => code === CODE_P2P)?.value;
}

/** Whether `address` leads through a relay. */
export function isRelayed(address: Multiaddr): boolean {
  return address.getComponents().some(({ code }) => code === CODE_P2P_CIRCUIT);
}

/** Whether `address` leads, first, over a websocket with TLS: the only calls that a proxy passes on. */
export function isSecureWebsocket(address: Multiaddr): boolean {
  const names = address.getComponents().map(({ name }) => name);
  return names.includes("wss") || (names.includes("tls") && names.includes("ws"));
}

/**
 * Whether `address` leads directly over QUIC as this program speaks it, `/quic` after a UDP port; `connections/quic` says
 * why it is not libp2p's own, `/quic-v1`.
 */
export function isQuic(address: Multiaddr): boolean {
  const names = address.getComponents().map(({ name }) => name);
  return HOSTS.has(names[0]) && names[1] === "udp" && names[2] === "quic" &&
    (names.length === 3 || (names.length === 4 && names[3] === "p2p"));
}

/** A family of addresses. */
export type IpFamily = "ip4" | "ip6";

/** The family of an address's host; of a name without one, that which is asked for first. */
export function familyOf(address: Multiaddr): IpFamily {
  const { name } = address.getComponents()[0];
  return name === "ip6" || name === "dns6" ? "ip6" : "ip4";
}

/** The peer id that an address ends with: a relay's before `/p2p-circuit` is not meant. */
export function peerOf(address: Multiaddr): string | undefined {
  const last = address.getComponents().at(-1);
  return last?.code === CODE_P2P ? last.value : undefined;
}
