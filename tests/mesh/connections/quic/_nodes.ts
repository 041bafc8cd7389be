/** Libp2p nodes that speak nothing but QUIC, and a party that speaks QUIC without libp2p. */
import { noise } from "@chainsafe/libp2p-noise";
import { identify } from "@libp2p/identify";
import type { ConnectionGater } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import { InboundLimits, type InboundLimitsOptions } from "../../../../src/mesh/admission/inbound.ts";
import { muxer } from "../../../../src/mesh/connections/muxer.ts";
import { CERTIFICATE, SERVER_NAME } from "../../../../src/mesh/connections/quic/certificate.ts";
import { quic } from "../../../../src/mesh/connections/quic/mod.ts";

/** A node, stopped at the end. */
export async function startNode(
  listen: string[] = ["/ip4/127.0.0.1/udp/0/quic"],
  limits?: InboundLimitsOptions,
): Promise<AsyncDisposable & { node: Libp2p; address: Multiaddr }> {
  const gater: ConnectionGater = { denyDialMultiaddr: () => false };
  const node = await createLibp2p({
    addresses: { listen },
    transports: [quic()],
    connectionEncrypters: [noise()],
    streamMuxers: [muxer()],
    connectionGater: limits ? new InboundLimits(limits).before(gater, () => 0) : gater,
    connectionManager: { inboundConnectionThreshold: 100 },
    connectionMonitor: { enabled: false },
    services: { identify: identify() },
  });
  return { node, address: node.getMultiaddrs()[0], [Symbol.asyncDispose]: async () => await node.stop() };
}

/** Calls as any program may, with any protocol. */
export async function callBare(address: Multiaddr, protocol = "/syncytium/quic/1"): Promise<Deno.QuicConn> {
  const [host, port] = address.getComponents();
  return await Deno.connectQuic({
    ...{ hostname: host.value!, port: Number(port.value) },
    ...{ serverName: SERVER_NAME, caCerts: [CERTIFICATE], alpnProtocols: [protocol] },
  });
}
