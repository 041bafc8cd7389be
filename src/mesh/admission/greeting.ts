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
import { type Hello, HELLO_PROTOCOL, sayHello, type WhyNotOptions } from "./hello.ts";
import type { Places } from "./places.ts";

/** Longest wait for a hello, in milliseconds. */
const HELLO_TIMEOUT = 15_000;

/** What {@linkcode Greeting} works with. */
export interface GreetingOptions extends WhyNotOptions {
  admission: Admission;
  places: Pick<Places, "turnAway" | "refused">;
  /** What this peer says now. */
  own: () => Hello;
  /** How long a peer whose hello failed may take to join by another connection, in milliseconds. */
  settlingTime: number;
  /** Whether a peer has said that it leaves: it hangs up because it ends. */
  isLeaving: (peer: string) => boolean;
  /** Aborted when the peer stops. */
  signal: AbortSignal;
  /** Frames on a stream that a caller opened. */
  channel: (stream: Stream, connection: Connection) => FrameChannel;
  /** A stream of `protocol` on `connection`, and frames on it. */
  open: (connection: Connection, protocol: string, signal: AbortSignal) => Promise<FrameChannel>;
  /** The hello went well; with what both said of their charters. */
  accepted: (connection: Connection, charters: { said?: CharterMark; heard?: CharterMark }) => void;
  debug: (message: string) => void;
}

/** Decides about connections by their hello; tells the admission. */
export class Greeting {
  readonly #options: GreetingOptions;
  /** Hellos under way, and what follows them. */
  readonly #hellos = new Set<Promise<void>>();
  /** Connections on which a hello was begun: each has one. */
  readonly #greeted = new WeakSet<Connection>();

  constructor(options: GreetingOptions) {
    this.#options = options;
  }

  /** A connection was opened: says hello on it, or waits for it, as it is due. */
  opened(connection: Connection): void {
    if (connection.direction === "inbound") return void this.#track(this.#expect(connection));
    this.#greeted.add(connection);
    this.#track(this.#greet(connection, (signal) => this.#options.open(connection, HELLO_PROTOCOL, signal)));
  }

  /** Whoever called says hello on `stream`; a second one, or one of who was called, is refused. */
  async answer(stream: Stream, connection: Connection): Promise<void> {
    if (this.#greeted.has(connection)) return stream.abort(new Error("a connection has one hello"));
    this.#greeted.add(connection);
    await this.#track(this.#greet(connection, () => this.#options.channel(stream, connection)));
  }

  /** Resolves once nothing is under way any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#hellos);
  }

  /** Lets ended() wait for `task`, which does not throw. */
  #track(task: Promise<void>): Promise<void> {
    this.#hellos.add(task);
    return task.finally(() => this.#hellos.delete(task));
  }

  /** Says hello on a channel that `open` gives. Never throws. */
  async #greet(
    connection: Connection,
    open: (signal: AbortSignal) => FrameChannel | Promise<FrameChannel>,
  ): Promise<void> {
    const { admission, places, own, ifBoth, oneSided, signal, accepted } = this.#options;
    const peer = connection.remotePeer.toString();
    let channel: FrameChannel | undefined;
    let isSecond = false;
    try {
      if (!admission.isMember(peer)) throw new Error("it is no member any more");
      using limit = new Deadline(HELLO_TIMEOUT, "the hello", signal);
      channel = await open(limit.signal);
      const turnAway = async ({ place }: Hello) => {
        const refusal = await places.turnAway(connection, place);
        isSecond = refusal?.proof !== undefined;
        return refusal;
      };
      const said = own();
      const outcome = await sayHello(channel, { own: said, peer, turnAway, ifBoth, oneSided, signal: limit.signal });
      await raceAbort(channel.close(), limit.signal);
      if (outcome.accepted) {
        if (admission.accept(connection, outcome.hpkePublicKey, outcome.place)) {
          return accepted(connection, { said: said.charter, heard: outcome.charter });
        }
        this.#options.debug(`${peer}: another process of it was let in meanwhile`);
      } else {
        if (outcome.proof) await places.refused(peer, outcome.proof);
        // of a second process of a member, it is told as such: the member itself is not refused
        if (!isSecond) admission.refuse(peer, outcome.reason);
      }
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
    const { admission, settlingTime, isLeaving, signal } = this.#options;
    await sleep(settlingTime, signal).catch(() => {}); // the peer stops
    if (signal.aborted || admission.connectionTo(peer) || isLeaving(peer)) return;
    admission.refuse(peer, reason);
  }

  /** Hangs up unless the caller says hello soon. Never throws. */
  async #expect(connection: Connection): Promise<void> {
    try {
      using limit = new Deadline(HELLO_TIMEOUT, "waiting for a hello", this.#options.signal);
      const isAccepted = await raceAbort(this.#options.admission.settled(connection), limit.signal).catch(() => false);
      if (!isAccepted) await this.#hangUp(connection);
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
