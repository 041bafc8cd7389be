/**
 * Gossipsub behind the admission: it opens streams by itself to whoever speaks its protocol, so it is shown admitted peers only.
 *
 * @module
 */
import { type GossipSub, gossipsub, type GossipSubComponents } from "@libp2p/gossipsub";
import type { Connection, PeerId, Topology } from "@libp2p/interface";
import type { Admission } from "./admission.ts";

/** Stands between libp2p's registrar and gossipsub. */
export class GossipGate {
  readonly #admission: Admission;
  readonly #topologies = new Map<string, Topology>();

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  /** The service for `createLibp2p`, limited to `topic`. */
  service(topic: string): (components: GossipSubComponents) => GossipSub {
    return ({ privateKey, peerId, peerStore, registrar, connectionManager, logger }) => {
      const gated: GossipSubComponents["registrar"] = {
        getProtocols: () => registrar.getProtocols(),
        handle: (protocol, handler, options) => registrar.handle(protocol, this.#admission.guard(handler), options),
        unhandle: (protocol, options) => registrar.unhandle(protocol, options),
        getHandler: (protocol) => registrar.getHandler(protocol),
        use: (protocol, middleware) => registrar.use(protocol, middleware),
        unuse: (protocol) => registrar.unuse(protocol),
        getMiddleware: (protocol) => registrar.getMiddleware(protocol),
        register: (protocol, topology) => {
          this.#topologies.set(protocol, topology);
          return Promise.resolve(protocol);
        },
        unregister: (protocol) => void this.#topologies.delete(protocol),
        getTopologies: (protocol) => [this.#topologies.get(protocol)].filter((topology) => topology !== undefined),
      };
      return gossipsub({
        allowedTopics: [topic],
        allowPublishToZeroTopicPeers: true,
        fallbackToFloodsub: false,
        // a hospital's peers share one address
        scoreParams: { IPColocationFactorWeight: 0 },
        maxInboundDataLength: 64 * 1024,
        maxInboundStreams: 8,
        maxOutboundStreams: 8,
      })({ privateKey, peerId, peerStore, registrar: gated, connectionManager, logger });
    };
  }

  /** Lets gossipsub talk to a peer over its accepted connection. */
  admit(peer: PeerId, connection: Connection): void {
    for (const topology of new Set(this.#topologies.values())) void topology.onConnect?.(peer, connection);
  }

  /** Tells gossipsub that a peer is gone. */
  leave(peer: PeerId): void {
    for (const topology of new Set(this.#topologies.values())) void topology.onDisconnect?.(peer);
  }
}
