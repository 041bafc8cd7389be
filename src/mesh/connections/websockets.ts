/**
 * libp2p's websockets, whose connections end when they are given up.
 *
 * As they come, neither a call ends that is refused once it was answered, nor a connection that is aborted: it would be
 * closed with the code 1006, which stands for what no program may send (RFC 6455, section 7.4.1), and which websockets
 * refuse. The other side would stay connected.
 *
 * @module
 */
import type { MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";
import { AbstractMultiaddrConnection } from "@libp2p/utils";
import { webSockets, type WebSocketsComponents, type WebSocketsInit } from "@libp2p/websockets";

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
    const transport = webSockets(init)(components);
    const dial = transport.dial.bind(transport);
    transport.dial = (address, options) => dial(address, { ...options, upgrader: endingBy(options.upgrader) });
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options) => createListener({ ...options, upgrader: endingBy(options.upgrader) });
    return transport;
  };
}
