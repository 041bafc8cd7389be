/**
 * The hello on each connection: whoever calls says it, whoever is called waits for it, and without one a connection is
 * hung up.
 *
 * @module
 */
import type { Connection, Stream } from "@libp2p/interface";
import { messageOf } from "../../core/errors.ts";
import { Deadline, raceAbort, sleep } from "../../core/deadline.ts";
import type { Admission } from "./admission.ts";
import type { CharterMark } from "../charter/mark.ts";
import { ChannelClosedError, type FrameChannel } from "../protocols/channel.ts";
import { type Hello, sayHello } from "./hello.ts";

/** Longest wait for a hello, in milliseconds. */
const HELLO_TIMEOUT = 15_000;

/** What {@linkcode Greeting} works with. */
export interface GreetingOptions {
  admission: Admission;
  /** What this peer says now. */
  own: () => Hello;
  /** See `WhyNotOptions`. */
  ifBoth?: readonly string[];
  /** How long a peer whose hello failed may take to join by another connection, in milliseconds. */
  settlingTime: number;
  /** Aborted when the peer stops. */
  signal: AbortSignal;
  channel: (stream: Stream) => FrameChannel;
  /** The hello went well; with what the other said of its charter. */
  accepted: (connection: Connection, charter?: CharterMark) => void;
  debug: (message: string) => void;
}

/** Decides about connections by their hello; tells the admission. */
export class Greeting {
  readonly #options: GreetingOptions;

  constructor(options: GreetingOptions) {
    this.#options = options;
  }

  /** Says hello on a stream that `open` gives. Never throws. */
  async greet(connection: Connection, open: (signal: AbortSignal) => Stream | Promise<Stream>): Promise<void> {
    const { admission, own, ifBoth, signal, accepted } = this.#options;
    const peer = connection.remotePeer.toString();
    let channel: FrameChannel | undefined;
    try {
      if (!admission.isMember(peer)) throw new Error("it is no member any more");
      using limit = new Deadline(HELLO_TIMEOUT, "the hello", signal);
      channel = this.#options.channel(await open(limit.signal));
      const outcome = await sayHello(channel, { own: own(), peer, ifBoth, signal: limit.signal });
      await raceAbort(channel.close(), limit.signal);
      if (outcome.accepted) {
        admission.accept(connection, outcome.hpkePublicKey);
        return accepted(connection, outcome.charter);
      }
      admission.refuse(peer, outcome.reason);
    } catch (error) {
      const hungUp = error instanceof ChannelClosedError || connection.status !== "open";
      channel?.abort(error instanceof Error ? error : new Error(String(error)));
      await this.#hangUp(connection);
      // that is the relay's doing, or the way through it
      if (hungUp && !connection.direct) return this.#options.debug(`the hello through a relay: ${messageOf(error)}`);
      return await this.#refuseUnlessJoined(
        peer,
        hungUp
          ? "it hung up during the hello; this peer may not be on its list of members"
          : `its hello failed: ${messageOf(error)}`,
      );
    }
    await this.#hangUp(connection);
  }

  /**
   * Two peers that dial each other at once drop one of the two connections: only who has none after a while is refused.
   */
  async #refuseUnlessJoined(peer: string, reason: string): Promise<void> {
    const { admission, settlingTime, signal } = this.#options;
    await sleep(settlingTime, signal).catch(() => {}); // the peer stops
    if (signal.aborted || admission.connectionTo(peer)) return;
    admission.refuse(peer, reason);
  }

  /** Hangs up unless the caller says hello soon. Never throws. */
  async expect(connection: Connection): Promise<void> {
    try {
      using limit = new Deadline(HELLO_TIMEOUT, "waiting for a hello", this.#options.signal);
      const late = new Promise<boolean>((resolve) => {
        limit.signal.addEventListener("abort", () => resolve(false), { once: true });
      });
      if (!await Promise.race([this.#options.admission.settled(connection), late])) await this.#hangUp(connection);
    } catch (error) {
      this.#options.debug(`waiting for a hello: ${messageOf(error)}`);
    }
  }

  async #hangUp(connection: Connection): Promise<void> {
    this.#options.admission.dismiss(connection);
    using limit = new Deadline(2_000, "hanging up");
    await connection.close({ signal: limit.signal }).catch((error) => connection.abort(error));
  }
}
