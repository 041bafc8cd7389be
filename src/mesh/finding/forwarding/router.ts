/**
 * The router of this machine's network, asked to forward ports by NAT-PMP (RFC 6886) or UPnP (Internet Gateway Device 2).
 *
 * @module
 */
import { type Gateway, pmpNat, upnpNat } from "@achingbrain/nat-port-mapper";
import { isPrivateIp } from "@libp2p/utils";
import { Deadline } from "../../../core/deadline.ts";
import { messageOf } from "../../../core/errors.ts";

/** Longest waits for an answer by each protocol, in milliseconds. */
const PMP_TIME = 1_500;
const UPNP_TIME = 8_000;
const MAPPING_TIME = 5_000;

/** How long a port stays forwarded unless it is asked for again, in seconds: as RFC 6886, section 3.3, recommends. */
export const LIFETIME = 7_200;

/** A router that answers. */
export interface Router {
  /** Its address on this side. */
  readonly host: string;
  /** How it was asked. */
  readonly by: "NAT-PMP" | "UPnP";
  /** Forwards a port for {@linkcode LIFETIME}. @throws if it does not */
  forward(wanted: Wanted, signal: AbortSignal): Promise<Forwarded>;
  /** Lets go of it; what is forwarded stays so until its time is over. */
  close(): Promise<void>;
}

/** A port of this machine's. */
export interface Wanted {
  readonly protocol: "tcp" | "udp";
  readonly host: string;
  readonly port: number;
}

/** Where a port is reached from outside. */
export interface Forwarded {
  readonly host: string;
  readonly port: number;
}

/**
 * The first router that answers: by NAT-PMP at the addresses where routers are as a rule, since Deno tells no routes and
 * lets nobody read the kernel's; else looked for by UPnP.
 *
 * @throws if none answers.
 */
export async function findRouter(signal: AbortSignal): Promise<Router> {
  const likely = likelyRouters(Deno.networkInterfaces());
  const reasons: string[] = [];
  for (const find of [...likely.map((host) => () => byPmp(host, signal)), () => byUpnp(signal)]) {
    try {
      return await find();
    } catch (error) {
      signal.throwIfAborted();
      reasons.push(messageOf(error));
    }
  }
  throw new Error(reasons.join(", "));
}

/** What is needed to know of this machine's addresses. */
type Interface = Pick<Deno.NetworkInterfaceInfo, "address" | "family" | "netmask">;

const bitsOf = (address: string) => address.split(".").reduce((all, byte) => all * 256 + Number(byte), 0) >>> 0;
const textOf = (bits: number) => [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");

/** Networks that are asked. */
const MOST_NETWORKS = 3;

/** The first and the last host of each private network that this machine is in, where they are others. */
export function likelyRouters(interfaces: readonly Interface[]): string[] {
  const own = interfaces.filter(({ address, family }) =>
    family === "IPv4" && isPrivateIp(address) && !address.startsWith("127.")
  );
  return own.slice(0, MOST_NETWORKS).flatMap(({ address, netmask }) => {
    const [bits, mask] = [bitsOf(address), bitsOf(netmask)];
    const first = (bits & mask) + 1, last = ((bits & mask) | ~mask) - 1;
    return [...new Set([first, last].map((host) => textOf(host >>> 0)))].filter((host) => host !== address);
  });
}

/** This machine's address in the network of `router`, IPv4. */
export function hostTowards(router: string, interfaces: readonly Interface[]): string | undefined {
  return interfaces.find(({ address, family, netmask }) => {
    if (family !== "IPv4") return false;
    const mask = bitsOf(netmask);
    return (bitsOf(address) & mask) === (bitsOf(router) & mask);
  })?.address;
}

async function byPmp(host: string, signal: AbortSignal): Promise<Router> {
  const gateway = pmpNat(host, { autoRefresh: false });
  try {
    using limit = new Deadline(PMP_TIME, `asking ${host} by NAT-PMP`, signal);
    await gateway.externalIp({ signal: limit.signal });
    return routerOf(gateway, { host, by: "NAT-PMP", ttl: LIFETIME });
  } catch (error) {
    await gateway.stop();
    throw new Error(`${host} does not answer by NAT-PMP`, { cause: error });
  }
}

async function byUpnp(signal: AbortSignal): Promise<Router> {
  using limit = new Deadline(UPNP_TIME, "looking for a router by UPnP", signal);
  try {
    for await (const gateway of upnpNat({ autoRefresh: false }).findGateways({ signal: limit.signal })) {
      if (gateway.family !== "IPv4") continue;
      // milliseconds here, and seconds there: the library hands them on as they are
      return routerOf(gateway, { host: gateway.host, by: "UPnP", ttl: 1_000 * LIFETIME });
    }
  } catch (cause) {
    throw new Error("none answers by UPnP", { cause });
  }
  throw new Error("none answers by UPnP");
}

function routerOf(gateway: Gateway, { host, by, ttl }: Pick<Router, "host" | "by"> & { ttl: number }): Router {
  return {
    host,
    by,
    async forward({ protocol, host, port }, signal) {
      using limit = new Deadline(MAPPING_TIME, `asking for ${protocol} port ${port}`, signal);
      const { externalHost, externalPort } = await gateway.map(port, host, { protocol, ttl, signal: limit.signal });
      return { host: externalHost, port: externalPort };
    },
    close: () => gateway.stop(),
  };
}
