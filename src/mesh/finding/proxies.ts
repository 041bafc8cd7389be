/**
 * Which HTTP proxy calls go by, as Deno reads it from the environment: only websockets do (`/wss`, and `/ws`); plain TCP
 * goes straight.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { proxyFor } from "./proxies.ts";
 *
 * const environment = { HTTPS_PROXY: "http://proxy.hospital:3128", NO_PROXY: "hospital,10.0.0.0/8" };
 * assertEquals(proxyFor("relay.example", environment)?.shown, "proxy.hospital:3128 (HTTPS_PROXY)");
 * assertEquals(proxyFor("peer.hospital", environment), undefined);
 * ```
 *
 * @module
 */
import { BlockList, isIP } from "node:net";

/** Variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy for calls with TLS. */
export interface Proxy {
  /** The variable that names it. */
  readonly variable: string;
  readonly hostname: string;
  readonly port: number;
  /** Whether it is itself called with TLS. */
  readonly withTls: boolean;
  /** User and password, as they are. */
  readonly login?: { readonly user: string; readonly password: string };
  /** For people: host, port and variable, and no password. */
  readonly shown: string;
}

/** In the order in which Deno asks them, for calls with TLS. */
const VARIABLES = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"];

/** A variable that Deno takes no proxy from, although it is set. */
export interface UnreadableProxy {
  readonly variable: string;
}

/** The proxy that the environment names for calls with TLS; `undefined` where it names none. */
export function namedProxy(environment: Environment): Proxy | UnreadableProxy | undefined {
  const variable = VARIABLES.find((name) => environment[name]);
  if (variable === undefined) return undefined;
  const value = environment[variable]!;
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  } catch {
    return { variable };
  }
  const withTls = url.protocol === "https:";
  if (!withTls && url.protocol !== "http:" || url.hostname === "") return { variable };
  const port = Number(url.port) || (withTls ? 443 : 80);
  const [user, password] = [url.username, url.password].map((text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  });
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  return {
    ...{ variable, hostname, port, withTls, shown: `${url.hostname}:${port} (${variable})` },
    ...(user !== "" && { login: { user, password } }),
  };
}

/** Whether `proxy` is one. */
export function isProxy(proxy: Proxy | UnreadableProxy | undefined): proxy is Proxy {
  return proxy !== undefined && "hostname" in proxy;
}

/** The proxy that calls to `host`, with TLS, go by; `undefined` where they go straight. */
export function proxyFor(host: string, environment: Environment): Proxy | undefined {
  const proxy = namedProxy(environment);
  if (!isProxy(proxy)) return undefined;
  const exceptions = environment.NO_PROXY ?? environment.no_proxy ?? "";
  return exceptions.split(",").some((entry) => isException(host, entry.trim())) ? undefined : proxy;
}

function isException(host: string, entry: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const family = isIP(host);
  if (family === 0) {
    const name = entry.replace(/^\./, "");
    return host === name || host.endsWith(`.${name}`);
  }
  const [network, bits] = entry.split("/");
  const kind = family === 4 ? "ipv4" : "ipv6";
  if (isIP(network) !== family) return false;
  const list = new BlockList();
  if (bits === undefined) list.addAddress(network, kind);
  else if (!/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  else list.addSubnet(network, Number(bits), kind);
  return list.check(host, kind);
}
