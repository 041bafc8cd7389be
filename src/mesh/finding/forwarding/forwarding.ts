/**
 * Has the router forward the ports that a node listens on, and tells others where they are reached then.
 *
 * @module
 */
import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import type { Startable } from "@libp2p/interface";
import { isPrivateIp } from "@libp2p/utils";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { sleep } from "../../../core/deadline.ts";
import { messageOf } from "../../../core/errors.ts";
import { isRelayed, isSecureWebsocket } from "../multiaddrs.ts";
import { findRouter, type Forwarded, hostTowards, LIFETIME, type Router, type Wanted } from "./router.ts";

/** Milliseconds until a router that did not answer, or refused, is asked again. */
const AGAIN = 600_000;

/** What of libp2p's node it works with. */
export type ForwardingComponents = Pick<CircuitRelayTransportComponents, "addressManager" | "transportManager">;

/** What {@linkcode Forwarding} works with. */
export interface ForwardingOptions {
  /** @default the router of this machine's network */
  find?: (signal: AbortSignal) => Promise<Router>;
  warn: (message: string) => void;
  debug: (message: string) => void;
}

/** A service of libp2p's. */
export class Forwarding implements Startable {
  readonly #components: ForwardingComponents;
  readonly #options: Required<ForwardingOptions>;
  readonly #abort = new AbortController();
  /** Addresses that are told to others. */
  #told: Multiaddr[] = [];
  #router: Router | undefined;
  #warned = "";
  #running: Promise<void> | undefined;

  constructor(components: ForwardingComponents, { find = findRouter, ...options }: ForwardingOptions) {
    [this.#components, this.#options] = [components, { find, ...options }];
  }

  start(): void {}

  /** Begins to ask, now that the node listens. */
  begin(): void {
    this.#running = this.#run();
  }

  /** Ends it. What is forwarded stays so until its time is over. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the peer stops"));
    await this.#running;
    await this.#router?.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      let next = AGAIN;
      try {
        this.#tell(await this.#forward());
        this.#warned = "";
        next = LIFETIME * 1_000 / 2;
      } catch (error) {
        if (signal.aborted) return;
        this.#tell([]);
        await this.#router?.close();
        this.#router = undefined;
        this.#warn(messageOf(error));
      }
      await sleep(next, signal).catch(() => {});
    }
  }

  /** The addresses at which this node is reached from outside. */
  async #forward(): Promise<Multiaddr[]> {
    const { signal } = this.#abort;
    const router = this.#router ??= await this.#options.find(signal);
    const host = hostTowards(router.host, Deno.networkInterfaces());
    const listening = this.#components.transportManager.getListeners().flatMap((listener) => listener.getAddrs());
    const found: Multiaddr[] = [];
    for (const address of listening) {
      const wanted = wantedOf(address, host);
      if (!wanted) continue;
      const forwarded = await router.forward(wanted, signal);
      if (isPrivateIp(forwarded.host)) {
        throw new Error(`its own address, ${forwarded.host}, is a private one: another router lies before it`);
      }
      this.#options.debug(`${router.by}: ${address} is reached at ${forwarded.host}, port ${forwarded.port}`);
      found.push(outside(address, forwarded));
    }
    if (found.length === 0) throw new Error("nothing is listened on that it could forward");
    return found;
  }

  #tell(addresses: Multiaddr[]): void {
    const { addressManager } = this.#components;
    for (const old of this.#told) {
      if (!addresses.some((address) => address.equals(old))) addressManager.removeObservedAddr(old);
    }
    for (const address of addresses) addressManager.confirmObservedAddr(address, { type: "observed" });
    this.#told = addresses;
  }

  #warn(reason: string): void {
    if (reason === this.#warned) return;
    this.#warned = reason;
    this.#options.warn(
      `the router forwards no port (mesh.portMapping), it is asked again every ten minutes: ${reason}`,
    );
  }
}

/** What is to be forwarded for `address`, one that is listened on; nothing where its certificate names a host. */
export function wantedOf(address: Multiaddr, host: string | undefined): Wanted | undefined {
  const [ip, port] = address.getComponents();
  if (
    host === undefined || ip?.name !== "ip4" || ip.value !== host || isRelayed(address) || isSecureWebsocket(address)
  ) return undefined;
  if (port?.name !== "tcp" && port?.name !== "udp") return undefined;
  return { protocol: port.name, host, port: Number(port.value) };
}

/** `address` as it is reached from outside. */
export function outside(address: Multiaddr, { host, port }: Forwarded): Multiaddr {
  const [, { name }, ...rest] = address.getComponents();
  const ending = rest.map(({ name, value }) => value === undefined ? `/${name}` : `/${name}/${value}`).join("");
  return multiaddr(`/ip4/${host}/${name}/${port}${ending}`);
}
