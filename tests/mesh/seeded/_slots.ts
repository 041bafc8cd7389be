/** What libp2p's circuit relay transport has of slots at relays, for the real `Reservations` over a network in memory. */
import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import { type Connection, type PeerId, TypedEventEmitter } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { MemoryConnection } from "./_connection.ts";
import type { MemoryNode } from "./_node.ts";

/** The slots of `node` at relays. */
class SlotStore extends TypedEventEmitter<Record<string, CustomEvent>> {
  readonly #node: MemoryNode;
  readonly #relays = new Map<string, PeerId>();

  constructor(node: MemoryNode) {
    super();
    this.#node = node;
    node.addEventListener("connection:close", ({ detail }: CustomEvent<Connection>) => this.#closed(detail));
  }

  /** Asks for one. */
  addRelay(relay: PeerId): Promise<unknown> {
    const [connection] = this.#node.directTo(relay.toString());
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (!connection) return Promise.reject(new Error("the relay is not connected"));
    connection.pipe.send(() => {
      const addresses = connection.remote.node.relaying.reserve(connection.remote);
      connection.remote.pipe.send(() => addresses ? resolve(addresses) : reject(new Error("it is no relay")));
    });
    return promise.then((addresses) => {
      const addrs = (addresses as Multiaddr[]).map(({ bytes }) => bytes);
      const reservation = { relay, details: { reservation: { addrs } } };
      this.#relays.set(relay.toString(), relay);
      this.dispatchEvent(new CustomEvent("relay:created-reservation", { detail: reservation }));
      return reservation;
    });
  }

  #closed(connection: Connection): void {
    const relay = this.#relays.get(connection.remotePeer.toString());
    if (!relay || !(connection as unknown as MemoryConnection).direct) return;
    if (this.#node.directTo(relay.toString()).length > 0) return;
    this.#relays.delete(relay.toString());
    this.dispatchEvent(new CustomEvent("relay:removed", { detail: { relay } }));
  }
}

/** As much as `Reservations` uses. */
export function slotsOf(node: MemoryNode): CircuitRelayTransportComponents {
  const reservationStore = new SlotStore(node);
  const transport = { [Symbol.toStringTag]: "@libp2p/circuit-relay-v2-transport", reservationStore };
  return {
    transportManager: { getTransports: () => [transport] },
    connectionManager: {
      openConnection: (target: PeerId | Multiaddr[], options: { signal?: AbortSignal }) => node.dial(target, options),
    },
    addressManager: {
      confirmObservedAddr: (address: Multiaddr) => node.relaying.reachedAt(address, true),
      removeObservedAddr: (address: Multiaddr) => node.relaying.reachedAt(address, false),
    },
  } as unknown as CircuitRelayTransportComponents;
}
