/**
 * The libp2p node of a peer: tcp, websockets and relayed connections, noise, yamux, identify, ping, gossipsub, mDNS,
 * with the limits that a mesh of hospitals needs.
 *
 * @module
 */
import "./_broadcast_channel.ts";
import { noise } from "@chainsafe/libp2p-noise";
import { circuitRelayTransport, type CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import { dcutr, type DCUtRServiceComponents } from "@libp2p/dcutr";
import { gossipsub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import type { Address, Connection } from "@libp2p/interface";
import {
  circuitRelayAddressesLast,
  loopbackAddressLast,
  publicAddressesFirst,
  reliableTransportsFirst,
} from "@libp2p/utils";
import { createLibp2p, type Libp2pOptions } from "libp2p";
import { UserError } from "../../core/errors.ts";
import type { Admission } from "../admission/admission.ts";
import { Forwarding } from "../finding/forwarding/forwarding.ts";
import { Announcing } from "../finding/announcing.ts";
import { InboundLimits, PENDING_CONNECTIONS } from "../admission/inbound.ts";
import type { Gate } from "../admission/gate.ts";
import type { Identity } from "../envelope/identity.ts";
import type { Dials } from "../finding/dials.ts";
import { quietMdns } from "../finding/mdns.ts";
import { isRelayed, isSecureWebsocket } from "../finding/multiaddrs.ts";
import type { Node } from "../finding/node.ts";
import { relayServer } from "../finding/relays.ts";
import { type CertificateFiles, readCertificate, Renewal } from "./certificate.ts";
import { muxer } from "./muxer.ts";
import { quic } from "./quic/mod.ts";
import { requirePorts, requireUdpPort } from "../finding/ports.ts";
import { Punching, type PunchingOptions } from "../finding/punching/punching.ts";
import { isProxy, namedProxy } from "../finding/proxies.ts";
import { rendezvousTable } from "../finding/rendezvous.ts";
import { Reservations, type ReservationsOptions } from "../finding/reservations.ts";
import { quicAddresses } from "../finding/udp_sockets.ts";
import { websockets } from "./websockets.ts";

/** Streams of one protocol that a connection may hold at a time, on either side. */
export const STREAMS_PER_PROTOCOL = 64;

/** What a node is made of. */
export interface NodeOptions {
  identity: Identity;
  /** Multiaddrs to listen on. */
  listen: readonly string[];
  /** The UDP port on which to listen over QUIC, and from which to call; none: QUIC is not spoken. */
  quic?: number;
  /** Whether the router is asked to forward what is listened on. */
  portMapping: boolean;
  /** Multiaddrs at which others reach this node beside those, such as a forwarded port's. */
  announce: readonly string[];
  /** Of the addresses to listen on that end in /wss. */
  tls?: CertificateFiles;
  admission: Admission;
  gate: Gate;
  /** Follows the node's calls. */
  dials: Dials;
  /** The only gossipsub topic. */
  topic: string;
  /** mDNS service name; none: no mDNS. */
  serviceTag?: string;
  /** Whether to carry connections between other members. */
  relay: boolean;
  reservations: ReservationsOptions;
  /** Calls members directly that a relay leads to; goes with `quic`. */
  punching: PunchingOptions;
  /** Protocol of the members' hash table; none: no table. */
  rendezvous?: string;
  /** Takes libp2p's own figures. @default nothing does */
  metrics?: Libp2pOptions["metrics"];
  warn: (message: string) => void;
  debug: (message: string) => void;
}

/** Longest wait for one address where calls go by a proxy, which may itself take some seconds, in milliseconds. */
const PROXIED_DIAL = 15_000;

/**
 * The order in which libp2p calls addresses by itself, but where the environment names a proxy, those first that it
 * passes on: others are as a rule dropped there, each for as long as libp2p waits.
 */
function proxiedFirst(a: Address, b: Address): -1 | 0 | 1 {
  const isPassedOn = ({ multiaddr }: Address) => isSecureWebsocket(multiaddr) && !isRelayed(multiaddr);
  if (isPassedOn(a) !== isPassedOn(b)) return isPassedOn(a) ? -1 : 1;
  return loopbackAddressLast(a.multiaddr, b.multiaddr) || publicAddressesFirst(a.multiaddr, b.multiaddr) ||
    circuitRelayAddressesLast(a.multiaddr, b.multiaddr) || reliableTransportsFirst(a.multiaddr, b.multiaddr);
}

/** What every node has, of a member or of a relay. */
export function commonOptions(identity: Identity): Libp2pOptions {
  const isProxied = isProxy(namedProxy(Deno.env.toObject()));
  return {
    start: false,
    privateKey: identity.privateKey,
    connectionEncrypters: [noise()],
    streamMuxers: [muxer()],
    connectionManager: {
      // twenty sites behind one address joining at once are no attack
      inboundConnectionThreshold: 200,
      // admission/inbound.ts decides, by address
      maxIncomingPendingConnections: PENDING_CONNECTIONS,
      // redialling is finding/redial_loop.ts's business
      reconnectRetries: 0,
      ...(isProxied && { addressDialTimeout: PROXIED_DIAL, addressSorter: proxiedFirst }),
    },
    // finding/liveness.ts watches them, and knows that training may keep a remote from answering for a while
    connectionMonitor: { enabled: false },
  };
}

/** Makes a node; the caller starts and stops it. */
export type BuildNode = (options: NodeOptions) => Promise<Node>;

/** Builds a node of libp2p; the caller starts and stops it. */
export async function buildNode(options: NodeOptions): Promise<Node> {
  const { identity, listen, quic: udpPort, portMapping, announce, tls, admission, gate, dials } = options;
  const { topic, serviceTag, relay, reservations, punching, rendezvous, metrics, warn, debug } = options;
  const certificate = tls && await readCertificate(tls);
  const node: Node = await createLibp2p({
    ...commonOptions(identity),
    addresses: { listen: [...listen, ...quicAddresses(udpPort)], appendAnnounce: [...announce] },
    transports: [
      dials.follow(tcp()),
      dials.follow(websockets({ https: certificate })),
      ...(udpPort === undefined ? [] : [dials.follow(quic())]),
      dials.follow(circuitRelayTransport()),
    ],
    connectionGater: new InboundLimits().before(
      dials.followGater(admission.gater()),
      (peer) => node.getConnections(peer).length,
    ),
    ...(metrics && { metrics }),
    peerDiscovery: serviceTag ? [quietMdns(serviceTag, warn)] : [],
    services: {
      identify: identify(),
      ping: ping(),
      announcing: (components: CircuitRelayTransportComponents) => new Announcing(components),
      reservations: (components: CircuitRelayTransportComponents) => new Reservations(components, reservations),
      ...(udpPort !== undefined && {
        punching: (components: CircuitRelayTransportComponents) => new Punching(components, punching),
      }),
      ...(portMapping && {
        forwarding: (components: CircuitRelayTransportComponents) => new Forwarding(components, { warn, debug }),
      }),
      ...(tls && certificate && {
        renewal: (components: CircuitRelayTransportComponents) =>
          new Renewal(components, tls, { first: certificate, warn }),
      }),
      ...(relay && { relay: relayServer() }),
      pubsub: gossip(gate, topic),
      upgrade: directUpgrade(gate),
      ...(rendezvous !== undefined && { table: rendezvousTable(rendezvous, { admission, gate }) }),
    },
  });
  return node;
}

/** Gossipsub among admitted peers, limited to `topic`. */
function gossip(gate: Gate, topic: string): ReturnType<typeof gossipsub> {
  return ({ privateKey, peerId, peerStore, registrar, connectionManager, logger }) =>
    gossipsub({
      allowedTopics: [topic],
      allowPublishToZeroTopicPeers: true,
      fallbackToFloodsub: false,
      runOnLimitedConnection: true,
      // a hospital's peers share one address
      scoreParams: { IPColocationFactorWeight: 0 },
      maxInboundDataLength: 64 * 1024,
      maxInboundStreams: 8,
      maxOutboundStreams: 8,
    })({ privateKey, peerId, peerStore, registrar: gate.registrar(registrar), connectionManager, logger });
}

/**
 * Direct connections in place of relayed ones (DCUtR), among admitted peers. It would close the relayed one at once,
 * transfers and all; that is left to the admission, which lets it go when the direct one has been accepted.
 */
function directUpgrade(gate: Gate): (components: DCUtRServiceComponents) => unknown {
  const keeping = (connection: Connection): Connection =>
    Object.create(connection, { close: { value: () => Promise.resolve() } });
  return (components) => {
    const registrar = gate.registrar(components.registrar);
    return dcutr()({
      peerStore: components.peerStore,
      connectionManager: components.connectionManager,
      addressManager: components.addressManager,
      transportManager: components.transportManager,
      logger: components.logger,
      registrar: {
        ...registrar,
        handle: (protocol, handler, options) =>
          registrar.handle(protocol, (stream, connection) => handler(stream, keeping(connection)), options),
        register: (protocol, topology) =>
          registrar.register(protocol, {
            ...topology,
            onConnect: (peer, connection) => topology.onConnect?.(peer, keeping(connection)),
          }),
      },
    });
  };
}

/**
 * Starts listening.
 *
 * @param where the field or flag that has `listen`, and that which has the UDP port
 * @throws {UserError} if an address cannot be listened on.
 */
export async function startNode(
  node: Pick<Node, "start">,
  { listen, quic }: { listen: readonly string[]; quic?: number },
  [where, whereQuic]: readonly [string, string],
): Promise<void> {
  requirePorts(listen, where);
  if (quic !== undefined) requireUdpPort(quic, whereQuic);
  try {
    await node.start();
  } catch (cause) {
    throw new UserError(`starting the network: every address of ${where} must be free and belong to this machine`, {
      ...{ where, value: listen.join(", "), cause },
    });
  }
}
