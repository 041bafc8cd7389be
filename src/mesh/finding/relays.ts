/**
 * Circuit relays: which peers may be called to carry connections and what a relay grants.
 *
 * A relay needs no place in the consortium: the connection between two members that it carries is encrypted from end to
 * end, so that it learns who talks with whom and how many bytes, and nothing else.
 * https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md
 *
 * @module
 */
import { circuitRelayServer, type CircuitRelayServerInit } from "@libp2p/circuit-relay-v2";
import { multiaddr } from "@multiformats/multiaddr";
import { peerOf } from "./multiaddrs.ts";

/** What a relay grants. */
export interface RelayLimits {
  /** Peers that may have a slot at a time. @default 128 */
  reservations?: number;
  /**
   * Bytes of one relayed connection, both directions together, after which it is cut; the peers call again. @default 16
   * GiB
   */
  bytes?: number;
  /** Milliseconds after which a relayed connection is cut. @default 24 hours */
  duration?: number;
}

/** How long a slot is kept without being asked for again: libp2p's clients ask five minutes before the end. */
const SLOT_MILLISECONDS = 60 * 60 * 1000;

/**
 * The relay's side of circuit relay. libp2p's defaults, 128 KiB and two minutes, are less than one exchange of weights
 * takes.
 */
export function relayServer(
  { reservations = 128, bytes = 16 * 2 ** 30, duration = 24 * 60 * 60 * 1000 }: RelayLimits = {},
): ReturnType<typeof circuitRelayServer> {
  const init: CircuitRelayServerInit = {
    reservations: {
      maxReservations: reservations,
      reservationTtl: SLOT_MILLISECONDS,
      defaultDataLimit: BigInt(bytes),
      defaultDurationLimit: duration,
    },
    // every relayed connection holds one stream of its caller's connection
    maxInboundHopStreams: 256,
    maxOutboundHopStreams: 256,
    maxOutboundStopStreams: 256,
  };
  return circuitRelayServer(init);
}

/** Relays that were heard of and are remembered. */
const MAX_HEARD = 64;

/**
 * The peers that may be called as relays although they are no members: the configured ones, and those that members are
 * behind.
 */
export class Relays {
  /** Addresses by peer id. */
  readonly configured: ReadonlyMap<string, readonly string[]>;
  readonly #heard = new Set<string>();

  /** `addresses` end with the relay's `/p2p/ID`. */
  constructor(addresses: readonly string[]) {
    this.configured = Map.groupBy(addresses, (address) => peerOf(multiaddr(address))!);
  }

  /** Whether `peer` may be called as a relay. */
  has(peer: string): boolean {
    return this.configured.has(peer) || this.#heard.has(peer);
  }

  /** `peer` carries connections of a member that is about to be called; the oldest of too many is forgotten. */
  heard(peer: string): void {
    this.#heard.delete(peer);
    this.#heard.add(peer);
    if (this.#heard.size > MAX_HEARD) this.#heard.delete(this.#heard.keys().next().value!);
  }
}
