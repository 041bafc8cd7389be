/**
 * Where others see this peer's UDP socket: whoever is called over QUIC says so by libp2p's identify
 * (https://github.com/libp2p/specs/blob/master/identify/README.md, "observedAddr").
 *
 * @module
 */
import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import type { Connection, IdentifyResult } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { raceAbort } from "../../../core/deadline.ts";
import { familyOf, type IpFamily, isQuic } from "../multiaddrs.ts";

/** Where libp2p's node tells what happens. */
type Events = CircuitRelayTransportComponents["events"];

/** Both, that which more sites have first. */
export const FAMILIES: readonly IpFamily[] = ["ip4", "ip6"];

/** Keeps what is said over connections that are open. */
export class Observed {
  readonly #events: Events;
  readonly #seen = new Map<Connection, Multiaddr>();

  constructor(events: Events) {
    this.#events = events;
  }

  /** Begins to listen. */
  start(): void {
    this.#events.addEventListener("peer:identify", this.#onIdentify);
    this.#events.addEventListener("connection:close", this.#onClose);
  }

  /** Ends it. */
  stop(): void {
    this.#events.removeEventListener("peer:identify", this.#onIdentify);
    this.#events.removeEventListener("connection:close", this.#onClose);
  }

  /** Where this peer is seen, each address once and without its id: the latest of each family, then the others. */
  addresses(): string[] {
    const latest = [...this.#seen.values()].reverse();
    const first = FAMILIES.flatMap((family) => latest.find((address) => familyOf(address) === family) ?? []);
    return [...new Set([...first, ...latest].map((address) => `${address}`.replace(/\/p2p\/[^/]+$/, "")))];
  }

  /** Whether `peer` says it of this family, over an open connection. */
  isSeenBy(peer: string, family: IpFamily): boolean {
    return [...this.#seen].some(([{ remotePeer }, address]) =>
      remotePeer.toString() === peer && familyOf(address) === family
    );
  }

  /** Resolves once it has been said over `connection`. */
  async told(connection: Connection, signal: AbortSignal): Promise<void> {
    while (!this.#seen.has(connection)) {
      const next = Promise.withResolvers<void>();
      const wake = () => next.resolve();
      this.#events.addEventListener("peer:identify", wake, { once: true });
      await raceAbort(next.promise, signal).finally(() => this.#events.removeEventListener("peer:identify", wake));
    }
  }

  readonly #onIdentify = ({ detail: { connection, observedAddr } }: CustomEvent<IdentifyResult>) => {
    if (!observedAddr || connection.status !== "open" || !isQuic(connection.remoteAddr)) return;
    if (isQuic(observedAddr)) this.#seen.set(connection, observedAddr);
  };

  readonly #onClose = ({ detail: connection }: CustomEvent<Connection>) => void this.#seen.delete(connection);
}
