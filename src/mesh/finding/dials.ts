/**
 * What became of each call to each address: libp2p tries several for one connection, and tells of none.
 *
 * @module
 */
import type { ConnectionGater, DialTransportOptions, Transport, Upgrader } from "@libp2p/interface";
import { messageOf } from "../../core/errors.ts";
import { world } from "../../core/world.ts";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { isRelayed, isSecureWebsocket, peerOf } from "./multiaddrs.ts";
import { WaysOut } from "./way_out.ts";

/** Addresses whose last failure is remembered. */
const MAX_FAILURES = 1000;

/** How a call ended: `own` if it came back to this peer itself. */
export type DialOutcome = { type: "answered" } | { type: "own" } | { type: "failed"; reason: string };

/** Told how each call ended, and when it began, in milliseconds since the epoch. */
type OnOutcome = (address: Multiaddr, outcome: DialOutcome, since: number) => void;

/** A call that failed. */
export interface FailedDial {
  /** The multiaddr, without the peer id. */
  address: string;
  /** Why, as a clause. */
  reason: string;
  /** When it ended, in milliseconds since the epoch. */
  at: number;
}

/** The message of what libp2p's transports throw, which may be an event of a websocket. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return textOf(error.errors[0]);
  const { message } = Object(error) as { message?: unknown };
  return typeof message === "string" && message !== "" ? message : messageOf(error);
}

/**
 * Why a call failed, as a clause.
 *
 * @param connected whether something took the connection.
 * @param timedOut whether the time for it had run out.
 */
export function dialReason(
  error: unknown,
  { connected = false, timedOut = false }: { connected?: boolean; timedOut?: boolean } = {},
): string {
  const text = textOf(error);
  const other = /Payload identity key (\S+) does not match/.exec(text)?.[1];
  if (other !== undefined) return `another peer than the address names answers there, ${other}`;
  if (/ENOTFOUND|EAI_AGAIN|dns error|DNS lookup/i.test(text)) return "the name was not found";
  if (/ECONNREFUSED/.test(text)) return "the connection was refused";
  if (/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/.test(text)) return "there is no route to it";
  if (/NO_RESERVATION/.test(text)) return "the relay has no slot for it: it does not run, or does not use this relay";
  if (/proxy authentication required/i.test(text)) return "the proxy asks for a user and a password (407)";
  if (/UnknownIssuer/.test(text)) return "its certificate is signed by nobody whom this machine trusts";
  if (connected && timedOut) return "something takes the connection and says nothing, the handshake timed out";
  if (connected) return `the handshake failed, so something else may answer there (${text})`;
  if (timedOut || /ETIMEDOUT|timed out|timeout/i.test(text)) return "nothing answered in time";
  if (/tcp connect error/.test(text)) return "the connection was refused, or there is no route to it";
  return text;
}

/** Keeps how the last call to each address ended. */
export class Dials {
  readonly #failures = new Map<string, { peer: string | undefined } & FailedDial>();
  /** Peers that a call came to and that are no members, by the address that was called. */
  readonly #strangers = new Map<string, string>();
  readonly #onOutcome: OnOutcome;
  readonly #clock: () => number;
  readonly #ways: Pick<WaysOut, "explain">;

  /** `ways` explains why a secure websocket fails. */
  constructor(
    onOutcome: OnOutcome,
    clock: () => number = world.now,
    ways: Pick<WaysOut, "explain"> = new WaysOut({ clock }),
  ) {
    this.#onOutcome = onOutcome;
    this.#clock = clock;
    this.#ways = ways;
  }

  /** The same transport, whose calls are followed. */
  follow<C>(make: (components: C) => Transport): (components: C) => Transport {
    return (components) => {
      const transport = make(components);
      const dial = transport.dial.bind(transport);
      transport.dial = (address, options) => this.#dial(address, options, dial);
      return transport;
    };
  }

  /** The same gater, whose refusals of who answered are followed. */
  followGater(gater: ConnectionGater): ConnectionGater {
    return {
      ...gater,
      denyOutboundEncryptedConnection: async (peer, connection) => {
        const denied = await gater.denyOutboundEncryptedConnection?.(peer, connection) ?? false;
        if (denied) this.#strangers.set(connection.remoteAddr.toString(), peer.toString());
        return denied;
      },
    };
  }

  /** The last failure of `address`, written as it was called, if it has not answered since. */
  failure(address: string): FailedDial | undefined {
    return this.#failures.get(address);
  }

  /** Where calls to `peer` failed last. */
  failuresOf(peer: string): FailedDial[] {
    const found = [...this.#failures.values()].filter((failure) => failure.peer === peer);
    return found.map(({ address, reason, at }) => ({ address, reason, at }));
  }

  async #dial(
    address: Multiaddr,
    options: DialTransportOptions,
    dial: Transport["dial"],
  ): ReturnType<Transport["dial"]> {
    const since = this.#clock();
    let connected = false;
    const upgrader: Upgrader = Object.create(options.upgrader, {
      upgradeOutbound: {
        value: (...[connection, upgrading]: Parameters<Upgrader["upgradeOutbound"]>) => {
          connected = true;
          return options.upgrader.upgradeOutbound(connection, upgrading);
        },
      },
    });
    try {
      const connection = await dial(address, { ...options, upgrader });
      this.#ended(address, { type: "answered" }, since);
      return connection;
    } catch (error) {
      const stranger = this.#strangers.get(address.toString());
      this.#strangers.delete(address.toString());
      const timedOut = options.signal.aborted;
      const isWayOut = stranger === undefined && !connected && isSecureWebsocket(address) && !isRelayed(address);
      const reason = stranger !== undefined
        ? `who answers there is no member, ${stranger}`
        : (isWayOut ? await this.#ways.explain(address) : undefined) ?? dialReason(error, { connected, timedOut });
      this.#ended(address, /dial self/i.test(textOf(error)) ? { type: "own" } : { type: "failed", reason }, since);
      throw error;
    }
  }

  #ended(address: Multiaddr, outcome: DialOutcome, since: number): void {
    const key = address.toString();
    this.#failures.delete(key);
    if (outcome.type === "failed") {
      if (this.#failures.size >= MAX_FAILURES) this.#failures.delete(this.#failures.keys().next().value!);
      const peer = peerOf(address);
      const where = peer === undefined ? key : key.slice(0, -`/p2p/${peer}`.length);
      this.#failures.set(key, { peer, address: where, reason: outcome.reason, at: this.#clock() });
    }
    this.#onOutcome(address, outcome, since);
  }
}

/** Whether a call to `called` is one to the configured `address`, which may name no peer. */
export function isCallTo(called: Multiaddr, address: string): boolean {
  const configured = multiaddr(address);
  if (called.equals(configured)) return true;
  const peer = peerOf(called);
  return peer !== undefined && peerOf(configured) === undefined && called.toString() === `${configured}/p2p/${peer}`;
}
