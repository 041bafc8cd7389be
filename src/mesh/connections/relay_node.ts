/**
 * A relay that is no member: it carries connections between peers that cannot reach each other, for any consortium.
 *
 * It needs no data and knows no key but its own. Connections that it carries are encrypted from end to end, so it
 * learns who talks with whom and how many bytes.
 *
 * @module
 */
import "./_broadcast_channel.ts";
import type { CircuitRelayService, CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import { identify } from "@libp2p/identify";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { createLibp2p, type Libp2p } from "libp2p";
import { peerIdFromString } from "@libp2p/peer-id";
import { UserError } from "../../core/errors.ts";
import { InboundLimits } from "../admission/inbound.ts";
import { addressFault, type AddressUse } from "../finding/address_rules.ts";
import { Announcing } from "../finding/announcing.ts";
import type { Identity } from "../envelope/identity.ts";
import { type CertificateFiles, readCertificate, Renewal } from "./certificate.ts";
import { commonOptions, startNode } from "./node.ts";
import { quic } from "./quic/mod.ts";
import { type RelayLimits, relayServer } from "../finding/relays.ts";
import { quicAddresses } from "../finding/udp_sockets.ts";
import { websockets } from "./websockets.ts";

/** Options of {@linkcode startRelay}. */
export interface RelayOptions extends RelayLimits {
  /** The relay's keys. */
  identity: Identity;
  /** Multiaddrs to listen on. */
  listen: readonly string[];
  /** The UDP port on which to listen over QUIC; none: it is not spoken. */
  quic?: number;
  /** Files of the certificate for those that end in /wss. */
  tls?: CertificateFiles;
  /** Multiaddrs at which others reach the relay beside those. @default [] */
  announce?: readonly string[];
  /** The peer ids that may have slots; none: everybody. */
  peers?: readonly string[];
  /** Told what is wrong with a renewed certificate. */
  warn?: (message: string) => void;
}

/** A running relay. */
export interface Relay {
  /** The multiaddrs that sites write under `mesh.relays`. */
  addresses(): string[];
  /** Peers that have slots now. */
  reservations(): string[];
  /** Hangs up. */
  stop(): Promise<void>;
}

const FLAGS: CertificateFiles = { certificate: "--certificate", key: "--key" };

/** Starts a relay. @throws {UserError} if an address breaks a rule or cannot be listened on, or a peer id is none. */
export async function startRelay(
  { identity, listen, quic: udpPort, tls, announce = [], peers, warn = () => {}, ...limits }: RelayOptions,
): Promise<Relay> {
  const refuse = (rule: string, where: string, value: string, cause?: unknown): never => {
    throw new UserError(`starting a relay: ${rule}`, { where, value, cause });
  };
  const check = (use: AddressUse, where: string, addresses: readonly string[]) => {
    for (const address of addresses) {
      const fault = addressFault(address, use, { endsTls: tls !== undefined, quic: udpPort !== undefined });
      if (fault !== undefined) refuse(`an address ${fault}`, where, address);
    }
  };
  check("listen", "--listen", listen);
  check("announce", "--announce", announce);
  for (const peer of peers ?? []) {
    try {
      peerIdFromString(peer);
    } catch (cause) {
      refuse("a peer must be a peer id", "--peers", peer, cause);
    }
  }
  const allowed = peers && new Set(peers);
  const certificate = tls && await readCertificate(tls, { doing: "starting a relay", names: FLAGS });
  const node: Libp2p<{ relay: CircuitRelayService } & Record<string, unknown>> = await createLibp2p({
    ...commonOptions(identity),
    addresses: { listen: [...listen, ...quicAddresses(udpPort)], appendAnnounce: [...announce] },
    transports: [tcp(), websockets({ https: certificate }), ...(udpPort === undefined ? [] : [quic()])],
    connectionGater: new InboundLimits().before({
      // who may have a slot may be called through it, by anybody: the called member decides
      denyInboundRelayReservation: (peer) => allowed !== undefined && !allowed.has(peer.toString()),
    }, (peer) => node.getConnections(peer).length),
    services: {
      identify: identify(),
      ping: ping(),
      announcing: (components: CircuitRelayTransportComponents) => new Announcing(components),
      ...(tls && certificate && {
        renewal: (components: CircuitRelayTransportComponents) =>
          new Renewal(components, tls, { first: certificate, warn }),
      }),
      relay: relayServer(limits),
    },
  });
  await startNode(node, { listen, quic: udpPort }, ["--listen", "--quic"]);
  return {
    addresses: () => node.getMultiaddrs().map(String),
    reservations: () => [...node.services.relay.reservations.keys()].map(String),
    stop: async () => await node.stop(),
  };
}
