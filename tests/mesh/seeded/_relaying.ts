/** What a node over a network in memory does for others as a relay, and through relays itself. */
import type { Connection } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { raceAbort } from "../../../src/core/deadline.ts";
import type { NodeOptions } from "../../../src/mesh/connections/node.ts";
import { isRelayed, peerOf } from "../../../src/mesh/finding/multiaddrs.ts";
import { Reservations } from "../../../src/mesh/finding/reservations.ts";
import { Circuit, type CircuitLimits } from "./_circuit.ts";
import { MemoryConnection } from "./_connection.ts";
import type { Network } from "./_network.ts";
import type { MemoryNode } from "./_node.ts";
import { slotsOf } from "./_slots.ts";
import type { Process } from "./_virtual_world.ts";

interface RelayingOptions extends Pick<NodeOptions, "admission" | "relay" | "reservations"> {
  network: Network;
  process?: Process;
  /** What it allows of connections that it carries. */
  limits?: CircuitLimits;
  /** Whether nobody can call it. */
  isHidden?: boolean;
}

/** One node's. */
export class Relaying {
  /** Where there are relays: its slots at them. */
  readonly slots: Reservations | undefined;
  readonly #node: MemoryNode;
  readonly #options: RelayingOptions;
  /** Those whom it gives slots. */
  readonly #reserved = new Set<string>();
  readonly #circuits = new Set<Circuit>();
  /** Addresses through relays. */
  readonly #addresses = new Map<string, Multiaddr>();

  constructor(node: MemoryNode, options: RelayingOptions) {
    this.#node = node;
    this.#options = options;
    this.slots = options.relay ? new Reservations(slotsOf(node), options.reservations) : undefined;
  }

  /** Those at which others reach it through relays. */
  addresses(): Multiaddr[] {
    return [...this.#addresses.values()].map((address) => address.encapsulate(`/p2p/${this.#node.peerId}`));
  }

  /** Others reach it there, or no more. */
  reachedAt(address: Multiaddr, isReached: boolean): void {
    if (isReached) this.#addresses.set(address.toString(), address);
    else this.#addresses.delete(address.toString());
    this.#node.dispatchEvent(new CustomEvent("self:peer:update"));
  }

  /** Gives whoever asks over `connection` a slot. @returns the addresses that lead here; none: it is no relay */
  reserve(connection: MemoryConnection): Multiaddr[] | undefined {
    if (!this.#options.relay || this.#options.isHidden) return undefined;
    this.#reserved.add(connection.remotePeer.toString());
    return this.#node.getMultiaddrs().filter((address) => !isRelayed(address));
  }

  /** A connection is gone, and with it what it carried. */
  ended(connection: MemoryConnection): void {
    for (const circuit of this.#circuits) {
      if (!circuit.goesOver(connection)) continue;
      circuit.cut();
      this.#circuits.delete(circuit);
    }
  }

  /** Through the first relay that leads there. */
  async dial(called: Multiaddr | Multiaddr[], signal?: AbortSignal): Promise<Connection> {
    let failure: unknown;
    for (const address of [called].flat()) {
      try {
        const [way] = address.toString().split("/p2p-circuit");
        const base = await this.#node.dial(multiaddr(way), { signal }) as unknown as MemoryConnection;
        const { promise, resolve, reject } = Promise.withResolvers<Connection>();
        const refuse = (why: string) => base.remote.pipe.send(() => reject(new Error(why)));
        base.pipe.send(() => void base.remote.node.relaying.#carry(base.remote, address, { resolve, refuse }));
        return await raceAbort(promise, signal);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** Carries a connection from whoever asks over `from`. */
  async #carry(
    from: MemoryConnection,
    address: Multiaddr,
    { resolve, refuse }: { resolve: (connection: Connection) => void; refuse: (why: string) => void },
  ): Promise<void> {
    const peer = peerOf(address)!;
    const [to] = this.#node.directTo(peer);
    const gater = this.#options.admission.gater();
    if (!this.#options.relay || !to || !this.#reserved.has(peer)) return refuse("it has no slot there");
    if (await gater.denyOutboundRelayedConnection?.(from.remotePeer, to.remotePeer)) return refuse("it is no member");
    const { world } = this.#options.network;
    const circuit = new Circuit([from, to], { world, limits: this.#options.limits, process: this.#options.process });
    this.#circuits.add(circuit);
    to.pipe.send(async () => {
      const called = to.remote.node, caller = from.remote.node;
      const gater = called.relaying.#options.admission.gater();
      const isDenied = await gater.denyInboundRelayedConnection?.(this.#node.peerId, caller.peerId) ||
        await gater.denyInboundEncryptedConnection?.(caller.peerId, undefined as never);
      if (isDenied) return to.remote.pipe.send(() => refuse("it is no member"));
      const id = `c${++this.#options.network.connections}`;
      const back = multiaddr(`${to.remote.remoteAddr}/p2p/${this.#node.peerId}/p2p-circuit/p2p/${caller.peerId}`);
      const outbound = new MemoryConnection(caller, id, "outbound", called.peerId, address, circuit.way(0), circuit);
      const inbound = new MemoryConnection(called, id, "inbound", caller.peerId, back, circuit.way(1), circuit);
      [outbound.remote, inbound.remote] = [inbound, outbound];
      circuit.ends.push(outbound, inbound);
      inbound.pipe.send(() => {
        if (outbound.status !== "open") return;
        caller.opened(outbound as unknown as Connection);
        resolve(outbound as unknown as Connection);
      });
      called.opened(inbound as unknown as Connection);
    });
  }
}
