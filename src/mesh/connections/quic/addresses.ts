/**
 * Multiaddrs that lead over this program's QUIC, `/ip4/192.0.2.7/udp/4001/quic`.
 *
 * Libp2p's own QUIC is `/quic-v1`: another handshake, which Deno cannot speak. `/quic` stood for a draft of it, which no
 * implementation speaks any more, so that other hosts leave these addresses alone.
 *
 * @module
 */
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { familyOf, type IpFamily, isQuic } from "../../finding/multiaddrs.ts";

/** A UDP socket's place; `hostname` may be a name to be resolved. */
export interface UdpPlace {
  readonly hostname: string;
  readonly port: number;
  readonly family: IpFamily;
}

/** Where a direct address leads; `undefined` where not over QUIC from here to there. */
export function placeOf(address: Multiaddr): UdpPlace | undefined {
  if (!isQuic(address)) return undefined;
  const [host, port] = address.getComponents();
  return { hostname: host.value!, port: Number(port.value), family: familyOf(address) };
}

/** The address of a socket. */
export function addressOf({ hostname, port }: { hostname: string; port: number }): Multiaddr {
  // a socket of both families shows those of IPv4 so (RFC 4291, section 2.5.5.2)
  const host = hostname.replace(/^::ffff:(?=\d+\.)/, "");
  return multiaddr(`/${host.includes(":") ? "ip6" : "ip4"}/${host}/udp/${port}/quic`);
}
