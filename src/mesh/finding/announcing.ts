/**
 * Which of its addresses a node tells others.
 *
 * @module
 */
import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import type { Listener, Startable } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { isRelayed } from "./multiaddrs.ts";

/** Addresses that are told of a peer, in its head and by those who know it. */
const MAX_ANNOUNCED = 8;

/** Of these, how many at least may lead through relays, if there are as many. */
const MAX_RELAYED = 3;

/**
 * The addresses to tell, at most `limit`: direct ones before relayed ones, this machine's own last, and room for some
 * of each, because a machine with many interfaces must not push out the only address that works from outside.
 */
export function chooseAnnounced(addresses: readonly string[], limit: number = MAX_ANNOUNCED): string[] {
  const { relayed = [], outside = [], loopback = [] } = Object.groupBy([...new Set(addresses)], (address) => {
    if (isRelayed(multiaddr(address))) return "relayed";
    return /^\/(ip4\/127\.|ip6\/::1\/)/.test(address) ? "loopback" : "outside";
  });
  const direct = [...outside, ...loopback].slice(0, limit - Math.min(relayed.length, MAX_RELAYED));
  return [...direct, ...relayed].slice(0, limit);
}

/**
 * A service of libp2p's: it tells a public address that a node listens on only once another node has called it there
 * and said so, for which few sites have a partner; here the site's operator knows.
 */
export class Announcing implements Startable {
  readonly #components: Pick<CircuitRelayTransportComponents, "addressManager" | "events">;

  constructor(components: Pick<CircuitRelayTransportComponents, "addressManager" | "events">) {
    this.#components = components;
  }

  /** Begins to confirm what is listened on. */
  start(): void {
    this.#components.events.addEventListener("transport:listening", this.#onListening);
  }

  /** Ends it. */
  stop(): void {
    this.#components.events.removeEventListener("transport:listening", this.#onListening);
  }

  readonly #onListening = ({ detail: listener }: CustomEvent<Listener>) => {
    for (const address of listener.getAddrs()) {
      this.#components.addressManager.confirmObservedAddr(address, { type: "transport" });
    }
  };
}
