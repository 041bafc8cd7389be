/**
 * How many connections others may have to this peer: so many a peer, and so many whose handshake is not over, an address
 * and in all. Of those the oldest go for the newest: an honest one is through within a second.
 *
 * @module
 */
import type { ConnectionGater, MultiaddrConnection, PeerId } from "@libp2p/interface";

/** What {@linkcode InboundLimits} allows. */
export interface InboundLimitsOptions {
  /** Connections of one peer: two that call each other at once have two, and relays and lines that were cut some more. @default 8 */
  ofPeer?: number;
  /** Handshakes of one address: twenty sites behind one may begin at the same instant. @default 48 */
  pendingOfAddress?: number;
  /** Handshakes in all. @default 192 */
  pending?: number;
}

/** What libp2p itself takes of handshakes: more than these limits, which decide. */
export const PENDING_CONNECTIONS = 512;

/** Stands before a gater. */
export class InboundLimits {
  readonly #options: Required<InboundLimitsOptions>;
  /** Handshakes that are not over, the oldest first, and their addresses. */
  readonly #pending = new Map<MultiaddrConnection, string>();

  constructor({ ofPeer = 8, pendingOfAddress = 48, pending = 192 }: InboundLimitsOptions = {}) {
    this.#options = { ofPeer, pendingOfAddress, pending };
  }

  /** The same gater within the limits; `connections` tells how many there are to a peer now. */
  before(gater: ConnectionGater, connections: (peer: PeerId) => number): ConnectionGater {
    return {
      ...gater,
      denyInboundConnection: async (connection) => {
        if (await gater.denyInboundConnection?.(connection)) return true;
        this.#begun(connection);
        return false;
      },
      denyInboundEncryptedConnection: async (peer, connection) => {
        this.#pending.delete(connection);
        if (await gater.denyInboundEncryptedConnection?.(peer, connection)) return true;
        return connections(peer) >= this.#options.ofPeer;
      },
    };
  }

  #begun(connection: MultiaddrConnection): void {
    const { pending, pendingOfAddress } = this.#options;
    const address = connection.remoteAddr.getComponents()[0]?.value ?? "";
    const ofIt = this.#of(address);
    if (ofIt.length >= pendingOfAddress) this.#end(ofIt[0]);
    else if (this.#pending.size >= pending) this.#end(this.#of(this.#fullest())[0]);
    this.#pending.set(connection, address);
    connection.addEventListener("close", () => this.#pending.delete(connection), { once: true });
  }

  #of(address: string): MultiaddrConnection[] {
    return [...this.#pending].filter(([, other]) => other === address).map(([connection]) => connection);
  }

  /** The address with the most of them. */
  #fullest(): string {
    const counts = Map.groupBy(this.#pending.values(), (address) => address);
    return [...counts].reduce((most, one) => one[1].length > most[1].length ? one : most)[0];
  }

  #end(connection: MultiaddrConnection): void {
    this.#pending.delete(connection);
    connection.abort(new Error("others have begun a handshake since"));
  }
}
