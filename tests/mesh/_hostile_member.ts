/**
 * A member that keeps to no rule but the handshake and the hello: a real libp2p node with a member's key, over loopback,
 * on which a test speaks any protocol as it likes.
 */
import { noise } from "@chainsafe/libp2p-noise";
import type { Connection, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { HELLO_PROTOCOL, makeHello, sayHello } from "../../src/mesh/admission/hello.ts";
import type { Identity } from "../../src/mesh/envelope/identity.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { FrameChannel } from "../../src/mesh/protocols/channel.ts";
import { placeOf } from "./_places.ts";

/** Streams of a protocol that it may have at a time. */
const STREAMS = 1_000;

export interface HostileOptions {
  consortium?: string;
  settings?: Record<string, string>;
  /** What each stream's windows are and stay, in bytes. @default {256 KiB first, as yamux's specification says, then more} */
  window?: number;
}

/** A running node with the key of `identity`. */
export async function hostileMember(
  identity: Identity,
  { consortium = "test", settings = {}, window }: HostileOptions = {},
) {
  const node = await createLibp2p({
    privateKey: identity.privateKey,
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { initialStreamWindowSize: window, maxStreamWindowSize: window } })],
    connectionMonitor: { enabled: false },
    connectionGater: { denyDialMultiaddr: () => false },
  });
  const hello = await makeHello(identity, { consortium, settings, place: await placeOf(identity) });
  const stream = (connection: Connection, protocol: string): Promise<Stream> =>
    connection.newStream(protocol, { maxOutboundStreams: STREAMS });
  const open = async (connection: Connection, protocol: string) =>
    new FrameChannel(await stream(connection, protocol), { maxUnread: 64 * 1024 * 1024 });
  const greet = async (connection: Connection, peer: string) =>
    await sayHello(await open(connection, HELLO_PROTOCOL), { own: hello, peer });
  return {
    node,
    /** A stream of `protocol`, and frames on it. */
    stream,
    open,
    /** Says hello. */
    greet,
    /** A further connection to `mesh`. */
    call: (mesh: Mesh) => node.dial(multiaddr(mesh.addresses()[0]), { force: true }),
    /** A connection to `mesh` on which it is let in. */
    join: async (mesh: Mesh): Promise<Connection> => {
      const connection = await node.dial(multiaddr(mesh.addresses()[0]), { force: true });
      const outcome = await greet(connection, mesh.peerId);
      if (!outcome.accepted) throw new Error(`the hostile member is not let in: ${outcome.reason}`);
      return connection;
    },
    [Symbol.asyncDispose]: async () => await node.stop(),
  };
}
