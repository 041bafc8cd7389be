/**
 * The libp2p node of a peer: tcp, noise, yamux, identify, ping, gossipsub, mDNS, with the limits that a mesh of hospitals needs.
 *
 * @module
 */
import "./_broadcast_channel.ts";
import { noise } from "@chainsafe/libp2p-noise";
import type { GossipSub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2p } from "libp2p";
import { UserError } from "../core/errors.ts";
import type { Admission } from "./admission.ts";
import type { GossipGate } from "./gossip_gate.ts";
import type { Identity } from "./identity.ts";
import { quietMdns } from "./mdns.ts";

/** A node with its services. */
export type Node = Libp2p<{ pubsub: GossipSub } & Record<string, unknown>>;

/** Streams of one protocol that a connection may hold at a time, on either side. */
export const STREAMS_PER_PROTOCOL = 64;

/** What a node is made of. */
export interface NodeOptions {
  identity: Identity;
  /** Multiaddrs to listen on. */
  listen: readonly string[];
  admission: Admission;
  gate: GossipGate;
  /** The only gossipsub topic. */
  topic: string;
  /** mDNS service name; none: no mDNS. */
  serviceTag?: string;
  warn: (message: string) => void;
}

/** Builds a node and starts it; the caller stops it. */
export async function buildNode(options: NodeOptions): Promise<Node> {
  const { identity, listen, admission, gate, topic, serviceTag, warn } = options;
  const node: Node = await createLibp2p({
    start: false,
    privateKey: identity.privateKey,
    addresses: { listen: [...listen] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    // windows of 1 MiB from the start: twice the speed at 50 ms of round-trip time; the same on all peers
    streamMuxers: [yamux({ streamOptions: { initialStreamWindowSize: 1024 * 1024 } })],
    connectionGater: admission.gater(),
    connectionManager: {
      // twenty sites behind one address joining at once are no attack
      inboundConnectionThreshold: 200,
      maxIncomingPendingConnections: 200,
      // redialling is discovery.ts's business
      reconnectRetries: 0,
    },
    // training may keep a remote from answering a ping for a while
    connectionMonitor: { abortConnectionOnPingFailure: false },
    peerDiscovery: serviceTag ? [quietMdns(serviceTag, warn)] : [],
    services: { identify: identify(), ping: ping(), pubsub: gate.service(topic) },
  });
  return node;
}

/** Starts listening. @throws {UserError} if an address cannot be listened on. */
export async function startNode(node: Node, listen: readonly string[]): Promise<void> {
  try {
    await node.start();
  } catch (cause) {
    throw new UserError("starting the network: every address of mesh.listen must be free and belong to this machine", {
      where: "mesh.listen",
      value: listen.join(", "),
      cause,
    });
  }
}
