/**
 * On which sockets a node takes calls over UDP of both families, IPv4 and IPv6, on one port: where the system's sockets
 * of IPv6 take those of IPv4, too, which is as Linux comes, one is enough, and a second one would not be had.
 *
 * @module
 */
import type { IpFamily } from "./multiaddrs.ts";

/** All addresses of IPv4, and those of IPv6, or of both. */
export const ANY_ADDRESS: Readonly<Record<IpFamily, string>> = { ip4: "0.0.0.0", ip6: "::" };

/** Where this machine is to be listened on; `::` alone is all of both families. */
export function udpHosts(): readonly string[] {
  const { ip4, ip6 } = ANY_ADDRESS;
  let socket: Deno.DatagramConn;
  try {
    socket = Deno.listenDatagram({ hostname: ip6, port: 0, transport: "udp" });
  } catch {
    return [ip4]; // a machine without IPv6
  }
  try {
    const { port } = socket.addr as Deno.NetAddr;
    Deno.listenDatagram({ hostname: ip4, port, transport: "udp" }).close();
    return [ip4, ip6];
  } catch {
    return [ip6]; // it has the port of both
  } finally {
    socket.close();
  }
}

/** Whose calls a socket at `hostname` takes, and whom it reaches. */
export function familiesOf(hostname: string): readonly IpFamily[] {
  if (hostname === ANY_ADDRESS.ip6 && udpHosts().length === 1) return ["ip4", "ip6"];
  return [hostname.includes(":") ? "ip6" : "ip4"];
}

/** The addresses to listen on for QUIC at that port; none where there is no port. */
export function quicAddresses(port: number | undefined): string[] {
  if (port === undefined) return [];
  return udpHosts().map((host) => `/${host.includes(":") ? "ip6" : "ip4"}/${host}/udp/${port}/quic`);
}
