/**
 * Where a call over a secure websocket fails: at the proxy, at the name, at the certificate, or at what answers. Deno
 * tells little of it, and of a certificate that it does not trust at times another thing.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { encodeBase64 } from "@std/encoding/base64";
import { Deadline, raceAbort } from "../../core/deadline.ts";
import { messageOf } from "../../core/errors.ts";
import { world } from "../../core/world.ts";
import { type Environment, type Proxy, proxyFor } from "./proxies.ts";

/** What came of trying a way out. */
export interface WayOut {
  /** By which proxy; `undefined`: straight. */
  readonly proxy?: Proxy;
  /** Why it fails, as a clause; `undefined` where it does not. */
  readonly fault?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Options of {@linkcode tryWayOut}. */
export interface WayOutOptions {
  /** @default the process's */
  environment?: Environment;
  /** Longest wait in all, in milliseconds. @default 8000 */
  timeout?: number;
  signal?: AbortSignal;
}

/** Where a secure websocket leads. */
interface Target {
  readonly host: string;
  readonly port: number;
  /** The name that its certificate must have. */
  readonly name: string;
}

/** A step that fails. */
class Fault extends Error {
  constructor(message: string, readonly remedy: string) {
    super(message);
  }
}

function targetOf(address: Multiaddr): Target {
  const components = address.getComponents();
  const value = (...names: string[]) => components.find(({ name }) => names.includes(name))?.value;
  const host = value("ip4", "ip6", "dns", "dns4", "dns6") ?? "";
  return { host, port: Number(value("tcp")), name: value("sni") ?? host };
}

const LET_THROUGH = (host: string, port: number) => `have its administrator let CONNECT to ${host}:${port} through`;
const SET_PROXY = "where only a proxy leads out, set HTTPS_PROXY=http://HOST:PORT for the peer";
const TRUST = "where the hospital's proxy ends TLS, name its authority's certificate, in PEM, in DENO_CERT (or set " +
  "DENO_TLS_CA_STORE=system if the machine trusts it already)";
/** Longest time that a look-up may take that Deno makes before it asks the proxy, in milliseconds. */
const LOOK_UP = 3_000;

/** Calls `address`, which ends in /wss, as far as the answer to a websocket's first request. Never throws. */
export async function tryWayOut(
  address: string,
  { environment = Deno.env.toObject(), timeout = 8_000, signal }: WayOutOptions = {},
): Promise<WayOut> {
  const target = targetOf(multiaddr(address));
  const proxy = proxyFor(target.host, environment);
  using limit = new Deadline(timeout, "trying the way out", signal);
  const open: Deno.Conn[] = [];
  try {
    const line = await raceAbort(tunnelled(target, { proxy, open, signal: limit.signal }), limit.signal).catch(
      (error) => {
        if (!limit.signal.aborted) throw error;
        // the last that was begun is what it hangs at
        if (open.length === 0) throw silent(target, proxy);
        throw new Fault(
          `${proxy ? `the proxy ${proxy.shown}` : target.host} takes the call and says nothing`,
          SET_PROXY,
        );
      },
    );
    open.push(line);
    await upgraded(line, target, proxy, limit.signal);
    if (proxy) await lookedUp(target.host);
    return { proxy };
  } catch (error) {
    if (error instanceof Fault) return { proxy, fault: error.message, remedy: error.remedy };
    return { proxy, fault: messageOf(error), remedy: "mend that, or take another address" };
  } finally {
    for (const line of open) close(line);
  }
}

function close(line: Deno.Conn): void {
  try {
    line.close();
  } catch {
    // it is closed, or TLS has taken it over
  }
}

const silent = ({ host, port }: Target, proxy: Proxy | undefined) =>
  proxy
    ? new Fault(`the proxy ${proxy.shown} is not reached: nothing answers`, `mend ${proxy.variable}, or the way to it`)
    : new Fault(`nothing answers at ${host}:${port}, which is called without a proxy`, SET_PROXY);

/** What {@linkcode tunnelled} works with. */
interface Tunnelling {
  proxy: Proxy | undefined;
  /** Takes what it opens. */
  open: Deno.Conn[];
  signal: AbortSignal;
}

/** A line of TLS to the target. */
async function tunnelled(target: Target, { proxy, open, signal }: Tunnelling): Promise<Deno.TlsConn> {
  let line: Deno.Conn = await connected(target, proxy, signal);
  open.push(line);
  if (proxy?.withTls) {
    line = await secured(line as Deno.TcpConn, proxy.hostname, `the proxy ${proxy.shown}`);
    open.push(line);
  }
  if (proxy) await connectThrough(line, target, proxy);
  return await secured(line as Deno.TcpConn, target.name, `${target.host}:${target.port}`);
}

/** A line to the proxy, or where there is none to the target. */
async function connected(target: Target, proxy: Proxy | undefined, signal: AbortSignal): Promise<Deno.TcpConn> {
  const { host, port } = proxy ? { host: proxy.hostname, port: proxy.port } : target;
  try {
    return await Deno.connect({ hostname: host, port, signal });
  } catch (error) {
    const what = /refused/i.test(messageOf(error))
      ? "the connection is refused"
      : /lookup|resolve|getaddrinfo|name or service|not known/i.test(messageOf(error))
      ? "its name is not found"
      : messageOf(error);
    if (proxy) {
      throw new Fault(
        `the proxy ${proxy.shown} is not reached: ${what}`,
        `mend ${proxy.variable}, or add ${target.host} to NO_PROXY if it is reached without`,
      );
    }
    throw new Fault(`${host}:${port} is not reached, without a proxy: ${what}`, SET_PROXY);
  }
}

async function connectThrough(line: Deno.Conn, { host, port }: Target, proxy: Proxy): Promise<void> {
  const at = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { login } = proxy;
  const credentials = login && encodeBase64(new TextEncoder().encode(`${login.user}:${login.password}`));
  const status = await ask(line, [
    `CONNECT ${at} HTTP/1.1`,
    `Host: ${at}`,
    ...credentials === undefined ? [] : [`Proxy-Authorization: Basic ${credentials}`],
  ]);
  if (status === 407 && login) {
    throw new Fault(
      `the proxy ${proxy.shown} refuses its user and password (407)`,
      `correct them in ${proxy.variable}, as http://USER:PASSWORD@HOST:PORT with other signs as %XX; only Basic is spoken`,
    );
  }
  if (status === 407) {
    throw new Fault(
      `the proxy ${proxy.shown} asks for a user and a password (407)`,
      `write them into ${proxy.variable}, as http://USER:PASSWORD@HOST:PORT`,
    );
  }
  if (status === 403 || status === 405) {
    throw new Fault(`the proxy ${proxy.shown} does not let ${at} through (${status})`, LET_THROUGH(host, port));
  }
  if (status >= 500) {
    throw new Fault(
      `the proxy ${proxy.shown} does not reach ${at} (${status}): the name is not found, or nothing listens there`,
      "ask the administrator of that host whether it runs, or mend its address",
    );
  }
  if (status !== 200) {
    throw new Fault(`the proxy ${proxy.shown} answers CONNECT with ${status}`, LET_THROUGH(host, port));
  }
}

async function secured(line: Deno.TcpConn, hostname: string, whose: string): Promise<Deno.TlsConn> {
  const secure = await Deno.startTls(line, { hostname, alpnProtocols: ["http/1.1"] }).catch((error) => {
    throw /CA file/i.test(messageOf(error))
      ? new Fault(`the certificates of DENO_CERT cannot be read: ${messageOf(error)}`, "correct DENO_CERT")
      : error;
  });
  try {
    await secure.handshake();
    return secure;
  } catch (error) {
    close(secure);
    const text = messageOf(error);
    if (/UnknownIssuer|CaUsedAsEndEntity|BadSignature/i.test(text)) {
      throw new Fault(`the certificate of ${whose} is signed by nobody whom this machine trusts`, TRUST);
    }
    if (/Expired/i.test(text)) {
      throw new Fault(`the certificate of ${whose} has expired`, "have it renewed there, or set this machine's clock");
    }
    if (/NotValidYet/i.test(text)) {
      throw new Fault(`the certificate of ${whose} does not hold yet`, "set this machine's clock");
    }
    if (/NotValidForName/i.test(text)) {
      throw new Fault(
        `the certificate of ${whose} is not for ${hostname}`,
        "call it by a name that its certificate has",
      );
    }
    throw new Fault(`TLS with ${whose} fails: ${text}`, "see that a TLS listener is there, and that no proxy cuts it");
  }
}

async function upgraded(
  line: Deno.Conn,
  { name }: Target,
  proxy: Proxy | undefined,
  signal: AbortSignal,
): Promise<void> {
  const key = encodeBase64(world.randomBytes(16));
  const status = await raceAbort(
    ask(line, [
      "GET / HTTP/1.1",
      `Host: ${name}`,
      ...["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${key}`],
    ]),
    signal,
  );
  if (status === 101) return;
  const remedy = proxy
    ? "where the proxy ends TLS, have its administrator pass websockets on, or leave TLS to this host alone"
    : "whatever ends TLS before the peer or relay must pass on the headers Upgrade and Connection";
  throw new Fault(`${name} answers no websocket but ${status}`, remedy);
}

/** Sends a request without a body. Resolves to the answer's status. */
async function ask(line: Deno.Conn, lines: readonly string[]): Promise<number> {
  await line.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  let text = "";
  const piece = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n") && text.length < 65_536) {
    const count = await line.read(piece);
    if (count === null) break;
    text += new TextDecoder("latin1").decode(piece.subarray(0, count));
  }
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  if (status === undefined) throw new Fault("what answers there does not speak HTTP", SET_PROXY);
  return Number(status);
}

/** Deno looks the name up although the proxy does, and only then goes on, found or not: that must not take long. */
async function lookedUp(host: string): Promise<void> {
  using limit = new Deadline(LOOK_UP, "looking a name up");
  await raceAbort(lookup(host).catch(() => {}), limit.signal).catch(() => {
    throw new Fault(
      `this machine's name service does not answer for ${host}, which every call waits for although the proxy looks it up`,
      `write ${host} into /etc/hosts, with any address`,
    );
  });
}

/** How long what was found of an address counts, in milliseconds. */
const FRESH = 60_000;

/** Options of {@linkcode WaysOut}. */
export interface WaysOutOptions {
  /** Ends what is being tried. */
  signal?: AbortSignal;
  /** @default world.now */
  clock?: () => number;
  /** @default tryWayOut */
  attempt?: (address: string) => Promise<WayOut>;
}

/** Explains calls that fail, and tries each way at most once a minute: a proxy may count what it refuses. */
export class WaysOut {
  readonly #found = new Map<string, { at: number; way: Promise<WayOut> }>();
  readonly #clock: () => number;
  readonly #try: (address: string) => Promise<WayOut>;

  constructor(
    { signal, clock = world.now, attempt = (address) => tryWayOut(address, { signal }) }: WaysOutOptions = {},
  ) {
    [this.#clock, this.#try] = [clock, attempt];
  }

  /** Why calls to `address` fail, as a sentence without its full stop; `undefined` where this does not tell. */
  async explain(address: Multiaddr): Promise<string | undefined> {
    const { host, port } = targetOf(address);
    const key = `${host}:${port}`;
    let found = this.#found.get(key);
    if (!found || this.#clock() - found.at > FRESH) {
      if (this.#found.size >= 256) this.#found.clear();
      found = { at: this.#clock(), way: this.#try(address.toString()) };
      this.#found.set(key, found);
    }
    const { fault, remedy } = await found.way;
    return fault === undefined ? undefined : `${fault}: ${remedy}`;
  }
}
