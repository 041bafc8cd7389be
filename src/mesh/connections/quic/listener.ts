/** Takes calls over QUIC. */
import { type ComponentLogger, type Listener, type ListenerEvents, TypedEventEmitter } from "@libp2p/interface";
import { getThinWaistAddresses } from "@libp2p/utils";
import type { Upgrader } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { ANY_ADDRESS } from "../../finding/udp_sockets.ts";
import { addressOf } from "./addresses.ts";
import { firstStream, RawConnection } from "./raw.ts";
import type { Sockets } from "./sockets.ts";

/** What a listener works with. */
export interface QuicListenerOptions {
  sockets: Sockets;
  upgrader: Pick<Upgrader, "upgradeInbound">;
  logger: ComponentLogger;
}

/** Listens at one address. */
export class QuicListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #options: QuicListenerOptions;
  readonly #abort = new AbortController();
  #running: ({ address: Multiaddr } & ReturnType<Sockets["listen"]>) | undefined;

  constructor(options: QuicListenerOptions) {
    super();
    this.#options = options;
  }

  /** Begins to listen. @throws if it cannot be had. */
  // deno-lint-ignore require-await -- libp2p's interface
  async listen(address: Multiaddr): Promise<void> {
    if (this.#running) throw new Error("it is listening already");
    this.#running = { address, ...this.#options.sockets.listen(address) };
    void this.#take(this.#running.listener);
    this.safeDispatchEvent("listening");
  }

  /** One address for each of this machine's, if all are listened at. */
  getAddrs(): Multiaddr[] {
    if (!this.#running) return [];
    const { address, families, listener } = this.#running;
    const listened = families.length === 1
      ? [address]
      : families.map((one) => multiaddr(`/${one}/${ANY_ADDRESS[one]}/udp/0`));
    const { port } = listener.endpoint.addr;
    return listened.flatMap((one) => getThinWaistAddresses(one, port)).map((at) => multiaddr(`${at}/quic`));
  }

  /** Nothing: the addresses do not depend on what is announced. */
  updateAnnounceAddrs(): void {}

  /** Ends it, with the connections that came by it. */
  // deno-lint-ignore require-await -- libp2p's interface
  async close(): Promise<void> {
    if (!this.#running) return;
    this.#abort.abort(new Error("the peer stops"));
    this.#running.close();
    this.#running = undefined;
    this.safeDispatchEvent("close");
  }

  async #take(listener: Deno.QuicListener): Promise<void> {
    for (;;) {
      let incoming: Deno.QuicIncoming;
      try {
        incoming = await listener.incoming();
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        return void this.safeDispatchEvent("error", { detail: error });
      }
      try {
        this.#upgrade(await incoming.accept({ zeroRtt: true }));
      } catch {
        // whoever called is gone, or speaks something else
      }
    }
  }

  /**
   * Libp2p's limits begin here, with the first packet: QUIC's handshake counts as part of libp2p's, which ends it in time
   * and for others' sake.
   */
  #upgrade(conn: Deno.QuicConn): void {
    conn.handshake.catch(() => {}); // the connection's end tells it
    const raw = new RawConnection({
      ...{ conn, stream: firstStream(conn), direction: "inbound" },
      remoteAddr: addressOf(conn.remoteAddr),
      localAddr: this.#running?.address,
      log: this.#options.logger.forComponent("libp2p:quic:connection"),
    });
    const { signal } = this.#abort;
    this.#options.upgrader.upgradeInbound(raw, { signal }).catch((error) => raw.abort(error));
  }
}
