/**
 * Connections that a relay cuts after so many bytes or seconds are replaced before: the next one is there when this one
 * goes, so that no member is told as gone every two minutes.
 *
 * @module
 */
import type { Connection } from "@libp2p/interface";
import { messageOf } from "../../core/errors.ts";
import { sleep } from "../../core/deadline.ts";
import { isEnding, lineOf, secondsLeft } from "../admission/line_of.ts";
import type { Admission } from "../admission/admission.ts";
import { relayOf } from "./multiaddrs.ts";

/** How often it is looked what is left of a connection, in milliseconds. */
const INTERVAL = 1_000;

/** A relay that allows less than this a connection is told of, in bytes. */
const LITTLE = 16 * 1024 * 1024;

/** What {@linkcode Renewals} works with. */
export interface RenewalsOptions {
  /** Calls a member through its relays once more, although it is connected. */
  call: (peer: string) => Promise<void>;
  admission: Pick<Admission, "connectionTo">;
  /** Ends it: the peer stops. */
  signal: AbortSignal;
  warn: (message: string) => void;
  debug: (message: string) => void;
}

/** Watches limited connections, and has them replaced. */
export class Renewals {
  readonly #options: RenewalsOptions;
  /** Calls under way, by peer. */
  readonly #calls = new Map<string, Promise<void>>();
  /** Relays that were told of. */
  readonly #told = new Set<string>();

  /** Watches nothing yet. */
  constructor(options: RenewalsOptions) {
    this.#options = options;
  }

  /** A new connection to `peer` in place of one that is used up, by one call for all who want it. @throws if it fails. */
  renew(peer: string): Promise<void> {
    const call = this.#calls.get(peer) ?? this.#options.call(peer).finally(() => this.#calls.delete(peer));
    this.#calls.set(peer, call);
    return call;
  }

  /** Watches `connection` until it is gone or another has taken its place. Never throws. */
  async watch(connection: Connection): Promise<void> {
    if (!connection.limits) return;
    this.#tell(connection);
    const { admission, signal, debug } = this.#options;
    const peer = connection.remotePeer.toString();
    while (connection.status === "open" && !signal.aborted) {
      // of two that both call, one connection is too many
      const isDue = connection.direction === "outbound" && isEnding(connection);
      if (isDue && admission.connectionTo(peer) === connection) {
        await this.renew(peer).catch((error) => debug(`calling ${peer} through a relay again: ${messageOf(error)}`));
      }
      await sleep(INTERVAL, signal).catch(() => {}); // the peer stops
    }
  }

  #tell(connection: Connection): void {
    const line = lineOf(connection);
    const relay = relayOf(connection.remoteAddr);
    if (!line || line.allowance >= LITTLE || relay === undefined || this.#told.has(relay)) return;
    this.#told.add(relay);
    const seconds = secondsLeft(connection);
    const time = seconds === undefined ? "" : ` and ${seconds} s`;
    this.#options.warn(
      `the relay ${relay} allows about ${
        Math.ceil(line.allowance / 1024)
      } KiB${time} a connection: weights go in pieces ` +
        "over one connection after another, which is slow, or not at all; raise its limits, or use a relay of your own " +
        "(deno task relay, or any member that can be called)",
    );
  }
}
