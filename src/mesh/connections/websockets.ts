/**
 * libp2p's websockets, which miss nothing and whose connections end when they are given up.
 *
 * As they come, what the other side says at once may be lost, since nobody listens yet in the moment in which a socket
 * opens (go-libp2p speaks first). And neither a call ends that is refused once it was answered, nor a connection that is
 * aborted: it would be closed with the code 1006, which stands for what no program may send (RFC 6455, section 7.4.1),
 * and which websockets refuse. The other side would stay connected.
 *
 * @module
 */
import type { MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";
import { AbstractMultiaddrConnection } from "@libp2p/utils";
import { webSockets, type WebSocketsComponents, type WebSocketsInit } from "@libp2p/websockets";
import type { Multiaddr } from "@multiformats/multiaddr";
import { multiaddrToUri } from "@multiformats/multiaddr-to-uri";
import { raceAbort } from "../../core/deadline.ts";

/** A websocket that keeps what comes before anybody listens for it. */
class AttentiveWebSocket extends WebSocket {
  /** The messages' data, until somebody listens. */
  #unheard: unknown[] | undefined = [];

  constructor(address: string) {
    super(address);
    this.binaryType = "arraybuffer";
    super.addEventListener("message", ({ data }) => this.#unheard?.push(data));
  }

  override addEventListener(...args: Parameters<WebSocket["addEventListener"]>): void {
    super.addEventListener(...args);
    if (args[0] !== "message" || !this.#unheard) return;
    const unheard = this.#unheard;
    this.#unheard = undefined;
    for (const data of unheard) this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

/** An open socket to `address`. @throws if it does not open, or is given up before. */
async function connect(address: Multiaddr, { signal }: { signal?: AbortSignal } = {}): Promise<WebSocket> {
  signal?.throwIfAborted();
  const socket = new AttentiveWebSocket(multiaddrToUri(address));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onopen = () => resolve();
  socket.onerror = (event) => reject(event instanceof ErrorEvent ? event.error ?? new Error(event.message) : event);
  try {
    await raceAbort(promise, signal);
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

/** Lets `connection` be closed where it is aborted. */
function ending(connection: MultiaddrConnection): MultiaddrConnection {
  if (connection instanceof AbstractMultiaddrConnection) {
    connection.sendReset = () => void connection.sendClose().catch(() => {}); // it has ended already
  }
  return connection;
}

function endingBy(upgrader: Upgrader): Upgrader {
  const upgradeInbound: Upgrader["upgradeInbound"] = (connection, options) =>
    upgrader.upgradeInbound(ending(connection), options);
  const upgradeOutbound: Upgrader["upgradeOutbound"] = async (connection, options) => {
    try {
      return await upgrader.upgradeOutbound(ending(connection), options);
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  };
  return Object.create(upgrader, {
    upgradeInbound: { value: upgradeInbound },
    upgradeOutbound: { value: upgradeOutbound },
  });
}

/** The transport, as libp2p takes it. */
export function websockets(init?: WebSocketsInit): (components: WebSocketsComponents) => Transport {
  return (components) => {
    // the method by which it opens its sockets, of which its types say nothing
    const transport: Transport & { _connect?: typeof connect } = webSockets(init)(components);
    transport._connect = connect;
    const dial = transport.dial.bind(transport);
    transport.dial = (address, options) => dial(address, { ...options, upgrader: endingBy(options.upgrader) });
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options) => createListener({ ...options, upgrader: endingBy(options.upgrader) });
    return transport;
  };
}
