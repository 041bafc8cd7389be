/** Ports, addresses, translation, certificates, proxies and the way out. */
import { multiaddr } from "@multiformats/multiaddr";
import { isUserError, messageOf } from "../../core/errors.ts";
import { type CertificateFiles, readCertificate } from "../../mesh/connections/certificate.ts";
import type { Knocks } from "../../mesh/connections/knock.ts";
import { isSecureWebsocket } from "../../mesh/finding/multiaddrs.ts";
import { portFault, portOf, udpPortFault } from "../../mesh/finding/ports.ts";
import { type Environment, isProxy, namedProxy } from "../../mesh/finding/proxies.ts";
import { tryWayOut, type WayOutOptions } from "../../mesh/finding/way_out.ts";
import type { WebSettings } from "../../settings/types.ts";
import { webAddress } from "../../settings/web.ts";
import { type Finding, findingsOf } from "./finding.ts";

/**
 * Whether `listen` can be listened on: tries to.
 *
 * @param isRunning whether this site's peer runs, and has them
 */
export function portFindings(listen: readonly string[], isRunning: boolean): Finding[] {
  const { ok, note, fault } = findingsOf("ports");
  if (listen.length === 0) return [note("none is listened on: this site only calls")];
  if (isRunning) return [ok("those of mesh.listen are with this site's peer, which runs")];
  return listen.map((address) => {
    const port = portOf(address), broken = portFault(port);
    if (broken !== undefined) return fault(`${address} ${broken.says}`, broken.remedy);
    return ok(port.port === 0 ? `${address}: any that is free` : `${address} is free`);
  });
}

/** Whether the UDP port for QUIC can be listened on; nothing where there is none. @param isRunning as above */
export function udpFindings(port: number | undefined, isRunning: boolean): Finding[] {
  const { ok, fault } = findingsOf("ports");
  if (port === undefined) return [];
  if (isRunning) return [ok("that of mesh.quic is with this site's peer, which runs")];
  const broken = udpPortFault(port);
  if (broken !== undefined) return [fault(`mesh.quic: UDP port ${port} ${broken.says}`, broken.remedy)];
  return [ok(port === 0 ? "mesh.quic: any UDP port that is free" : `mesh.quic: UDP port ${port} is free`)];
}

/** Whether the live page can be served, and who sees it; nothing where there is none. @param isRunning as above */
export function webFindings(web: WebSettings | undefined, isRunning: boolean): Finding[] {
  const { ok, fault } = findingsOf("web");
  if (web === undefined) return [];
  const { listen, token } = web;
  if (isRunning) return [ok(`${listen} is with this site's peer, which runs`)];
  const address = webAddress(listen)!; // as the configuration was checked
  const broken = portFault({ address: listen, ...address });
  if (broken !== undefined) return [fault(`${listen} ${broken.says}`, broken.remedy)];
  const seen = token === undefined ? "everybody on this machine sees the page" : "who knows the token sees the page";
  return [ok(`${listen} is free; ${seen}`)];
}

/** Networks whose addresses mean nothing elsewhere: RFC 1918, RFC 6598 (carriers), links and RFC 4193. */
const PRIVATE =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|fe[89ab]|f[cd])/i;

/** A certificate that ends so soon is told, in milliseconds. */
const ENDS_SOON = 14 * 24 * 3_600_000;

const isLoopback = (address: string) => /^(127\.|::1$)/.test(address);

/** What is known of a machine's addresses. */
export interface AddressFacts {
  /** Of its interfaces. */
  readonly own: readonly string[];
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly relays: readonly string[];
}

/** Whether others can find a way here. */
export function addressFindings({ own, listen, announce, relays }: AddressFacts): Finding[] {
  const { ok, note, warning } = findingsOf("addresses");
  const outside = own.filter((address) => !isLoopback(address));
  if (outside.length === 0) {
    return [
      warning("this machine has no address but its own loopback", "connect it to a network, or check its interfaces"),
    ];
  }
  const shown = `this machine has ${outside.join(", ")}`;
  const open = outside.filter((address) => !PRIVATE.test(address));
  if (listen.length === 0 && relays.length === 0) {
    return [note(`${shown}; nothing is listened on, so only members who can be called are reached`)];
  }
  if (open.length > 0 || announce.length > 0 || relays.length > 0) return [ok(shown)];
  return [
    note(
      `${shown}, private ones: sites on other networks cannot call it, unless a VPN, a forwarded port (mesh.announce) or a relay (mesh.relays) leads here`,
    ),
  ];
}

const hostIn = (address: string) => /^\/ip[46]\/([^/]+)/.exec(address)?.[1];

/** Whether calls from here are translated on their way, by what those say who were reached directly. */
export function translationFindings({ own }: Pick<AddressFacts, "own">, { members, relays }: Knocks): Finding[] {
  const { ok, note, warning } = findingsOf("nat");
  const seen = [...members, ...relays].flatMap(({ observed }) => observed ?? []).flatMap((at) => hostIn(at) ?? []);
  const outside = [...new Set(seen)].filter((host) => !isLoopback(host));
  if (outside.length === 0) {
    const behind = "behind a translation others can call this site only by a forwarded port (mesh.announce) or a relay";
    return [
      note(
        `unknown whether addresses are translated, since nobody on another machine was reached directly: ${behind} ` +
          "(mesh.relays); look again once another site runs",
      ),
    ];
  }
  const translated = outside.filter((host) => !own.includes(host));
  if (translated.length === 0) return [ok(`none towards those who were reached: they see ${outside.join(", ")}`)];
  if (translated.length > 1) {
    return [
      warning(
        `addresses are translated, and differently towards different sites: they see ${translated.join(", ")}`,
        "no port can be forwarded reliably: give a relay (mesh.relays)",
      ),
    ];
  }
  return [
    note(
      `addresses are translated: others see ${translated[0]}. Whether the translation keeps one port towards all, so ` +
        "that members may still call this site, is unknown, because one address of it was seen only: take it that " +
        "nobody can call, and forward a port (mesh.announce) or name a relay (mesh.relays), unless members say that " +
        "they reach this site",
    ),
  ];
}

/** The certificate for addresses that end in /wss; nothing where there is none. */
export async function certificateFindings(tls: CertificateFiles | undefined, now: number): Promise<Finding[]> {
  const { ok, warning, fault } = findingsOf("tls");
  if (tls === undefined) return [];
  const renew = "renew it: a running peer takes a new one within the hour";
  try {
    const { ends } = await readCertificate(tls, { doing: "reading the certificate", now });
    const until = `the certificate holds until ${ends.toISOString()}`;
    return [ends.getTime() - now < ENDS_SOON ? warning(until, renew) : ok(until)];
  } catch (error) {
    if (!isUserError(error)) throw error;
    return [fault(messageOf(error), "give mesh.tls a certificate that holds, and its key")];
  }
}

/** The proxy that the environment names, and whether anything is called by it. */
export function proxyFindings(environment: Environment, addresses: readonly string[]): Finding[] {
  const { ok, note, warning } = findingsOf("proxy");
  const proxy = namedProxy(environment);
  if (proxy === undefined) return [ok("none is set")];
  if (!isProxy(proxy)) {
    return [
      warning(
        `${proxy.variable} is no address of an HTTP proxy`,
        `write it as http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT`,
      ),
    ];
  }
  const told = `addresses that end in /wss are called by ${proxy.shown}`;
  if (addresses.some((address) => isSecureWebsocket(multiaddr(address)))) return [ok(told)];
  return [
    note(
      `${told}, but neither mesh.bootstrap nor mesh.relays has one: TCP must be let through, or a relay or member be ` +
        "named by such an address (/dns4/HOST/tcp/443/wss)",
    ),
  ];
}

/** Whether each secure websocket of the configuration answers from here, and if not, where that fails. */
export async function wayOutFindings(
  addresses: readonly string[],
  options: Pick<WayOutOptions, "environment" | "timeout">,
): Promise<Finding[]> {
  const { ok, warning } = findingsOf("way out");
  const tried = addresses.filter((address) => isSecureWebsocket(multiaddr(address)));
  return await Promise.all(tried.map(async (address) => {
    const { proxy, fault, remedy = "" } = await tryWayOut(address, options);
    if (fault !== undefined) return warning(`${address}: ${fault}`, remedy);
    return ok(`${address} takes websockets, ${proxy ? `by the proxy ${proxy.shown}` : "without a proxy"}`);
  }));
}
