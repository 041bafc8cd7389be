/**
 * Whether a process may listen where it is to: looked at before it computes anything, since libp2p tells it late, and
 * where Deno was not given the permission by a stack trace.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import { udpHosts } from "./udp_sockets.ts";

/** Where one address to listen on is. */
export interface Port {
  readonly address: string;
  readonly hostname: string;
  readonly port: number;
}

/** The host and port of an address to listen on, which was checked when the configuration was read. */
export function portOf(address: string): Port {
  const [, kind, name, , port] = address.replace(/^\/ip6zone\/[^/]+/, "").split("/");
  return { address, hostname: kind.startsWith("dns") ? "0.0.0.0" : name, port: Number(port) };
}

/** What is wrong with a port, and what helps. */
export interface PortFault {
  readonly says: string;
  readonly remedy: string;
}

/** Tries to listen there. @returns what is wrong; undefined where nothing is */
export function portFault({ hostname, port }: Port): PortFault | undefined {
  try {
    Deno.listen({ hostname, port }).close();
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      const remedy = `end it (ss -ltnp | grep :${port} names it), or listen on another port`;
      return { says: "is in use by another program", remedy };
    }
    if (error instanceof Deno.errors.NotCapable) {
      return { says: "is not where Deno may listen", remedy: "give it --allow-net" };
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      return { says: "is not where this user may listen", remedy: "take a port of 1024 or above" };
    }
    const remedy = "listen on an address of this machine, such as /ip4/0.0.0.0/tcp/4001";
    return { says: `cannot be listened on: ${messageOf(error)}`, remedy };
  }
}

/** Tries to listen over QUIC there, on all addresses of this machine. @returns what is wrong; undefined where nothing is */
export function udpPortFault(port: number): PortFault | undefined {
  if (typeof Deno.QuicEndpoint !== "function") {
    const remedy = 'run it with --unstable-net, or with "unstable": ["net"] in deno.json';
    return { says: "is of no use, QUIC is unstable in Deno", remedy };
  }
  try {
    for (const hostname of udpHosts()) Deno.listenDatagram({ hostname, port, transport: "udp" }).close();
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) {
      return { says: `cannot be listened on: ${messageOf(error)}`, remedy: "take another of 1024 or above" };
    }
    const remedy = `end it (ss -lunp | grep :${port} names it), or take another port`;
    return { says: "is in use by another program", remedy };
  }
}

/** @throws {UserError} if the UDP port for QUIC cannot be listened on; `where`: the field or flag that has it */
export function requireUdpPort(port: number, where: string): void {
  const fault = udpPortFault(port);
  if (fault === undefined) return;
  throw new UserError(`starting the network: a UDP port ${fault.says}; ${fault.remedy}`, { where, value: port });
}

/**
 * @param listen what was checked when it was read
 * @param where the field or flag that has them
 * @throws {UserError} for the first address that cannot be listened on.
 */
export function requirePorts(listen: readonly string[], where: string): void {
  for (const address of listen) {
    const fault = portFault(portOf(address));
    if (fault === undefined) continue;
    throw new UserError(`starting the network: an address ${fault.says}; ${fault.remedy}`, { where, value: address });
  }
}
