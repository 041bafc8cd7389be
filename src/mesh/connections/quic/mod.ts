/**
 * A transport of libp2p's over Deno's QUIC endpoint: one UDP socket that listens and calls, which is what two members
 * behind address-translating firewalls need to reach each other.
 *
 * It is not libp2p's QUIC (https://github.com/libp2p/specs/tree/master/quic), which proves peers by certificates of both
 * sides; Deno shows a listener no certificate of its caller. A QUIC connection serves as a TCP one does: one stream, and
 * Noise and yamux on it.
 *
 * @module
 */
import {
  type ComponentLogger,
  type Connection,
  type CreateListenerOptions,
  type DialTransportOptions,
  type Listener,
  serviceCapabilities,
  type Startable,
  type Transport,
  transportSymbol,
} from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { raceAbort } from "../../../core/deadline.ts";
import { isQuic } from "../../finding/multiaddrs.ts";
import { placeOf } from "./addresses.ts";
import { QuicListener } from "./listener.ts";
import { RawConnection } from "./raw.ts";
import { Sockets } from "./sockets.ts";

/** What the transport has of libp2p's node. */
export interface QuicComponents {
  logger: ComponentLogger;
}

class Quic implements Transport, Startable {
  readonly [transportSymbol] = true;
  readonly [Symbol.toStringTag] = "@syncytium/quic";
  readonly [serviceCapabilities] = ["@libp2p/transport"];
  readonly #logger: ComponentLogger;
  readonly #sockets = new Sockets();

  constructor({ logger }: QuicComponents) {
    this.#logger = logger;
  }

  start(): void {}

  stop(): void {
    this.#sockets.close();
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const { signal, upgrader } = options;
    signal.throwIfAborted();
    const calling = this.#sockets.call(placeOf(address)!);
    const conn = await raceAbort(calling, signal).catch((error) => {
      // a call cannot be taken back: it is hung up when it is answered
      calling.then((late) => late.close(), () => {});
      throw error;
    });
    const raw = new RawConnection({
      ...{ conn, stream: conn.createBidirectionalStream(), direction: "outbound", remoteAddr: address },
      log: this.#logger.forComponent("libp2p:quic:connection"),
    });
    try {
      return await upgrader.upgradeOutbound(raw, options);
    } catch (error) {
      raw.abort(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  createListener({ upgrader }: CreateListenerOptions): Listener {
    return new QuicListener({ sockets: this.#sockets, upgrader, logger: this.#logger });
  }

  listenFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter(isQuic);
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter(isQuic);
  }
}

/** The transport, as libp2p takes it. */
export function quic(): (components: QuicComponents) => Transport {
  return (components) => new Quic(components);
}
