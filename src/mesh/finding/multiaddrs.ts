/**
 * Whom an address leads to, and by way of whom.
 *
 * @module
 */
import { CODE_P2P, CODE_P2P_CIRCUIT, type Multiaddr } from "@multiformats/multiaddr";

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

/** The peer id that an address ends with: a relay's before `/p2p-circuit` is not meant. */
export function peerOf(address: Multiaddr): string | undefined {
  const last = address.getComponents().at(-1);
  return last?.code === CODE_P2P ? last.value : undefined;
}
