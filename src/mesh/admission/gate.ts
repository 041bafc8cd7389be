/**
 * Libp2p's services behind the admission: gossipsub and the like talk to whoever speaks their protocol, so they are
 * shown admitted peers only, over the connection by which a peer is reached best.
 *
 * @module
 */
import type { GossipSubComponents } from "@libp2p/gossipsub";
import type { Connection, PeerId, StreamHandlerOptions, Topology } from "@libp2p/interface";
import type { Admission } from "./admission.ts";

type Registrar = GossipSubComponents["registrar"];

/** Stands between libp2p's registrar and the services that only members get. */
export class Gate {
  readonly #admission: Admission;
  readonly #topologies = new Map<string, { protocol: string; topology: Topology }>();
  #registered = 0;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  /** What a service gets for `registrar`: its handlers serve accepted connections only, relayed ones too. */
  registrar(registrar: Registrar): Registrar {
    return {
      getProtocols: () => registrar.getProtocols(),
      handle: (protocol, handler, options?: StreamHandlerOptions) =>
        registrar.handle(protocol, this.#admission.guard(handler), { ...options, runOnLimitedConnection: true }),
      unhandle: (protocol, options) => registrar.unhandle(protocol, options),
      getHandler: (protocol) => registrar.getHandler(protocol),
      use: (protocol, middleware) => registrar.use(protocol, middleware),
      unuse: (protocol) => registrar.unuse(protocol),
      getMiddleware: (protocol) => registrar.getMiddleware(protocol),
      register: (protocol, topology) => {
        const id = `${protocol}#${++this.#registered}`;
        this.#topologies.set(id, { protocol, topology });
        return Promise.resolve(id);
      },
      unregister: (id) => void this.#topologies.delete(id),
      getTopologies: (wanted) =>
        [...this.#topologies.values()].filter(({ protocol }) => protocol === wanted).map(({ topology }) => topology),
    };
  }

  /** Lets the services talk to a peer over its accepted connection. */
  admit(peer: PeerId, connection: Connection): void {
    for (const topology of this.#distinct()) void topology.onConnect?.(peer, connection);
  }

  /** Tells the services that a peer is gone. */
  leave(peer: PeerId): void {
    for (const topology of this.#distinct()) void topology.onDisconnect?.(peer);
  }

  /** Gossipsub registers one topology for each of its versions. */
  #distinct(): Set<Topology> {
    return new Set([...this.#topologies.values()].map(({ topology }) => topology));
  }
}
