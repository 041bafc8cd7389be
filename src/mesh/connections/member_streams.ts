/**
 * Streams with members, on connections that are let in: opened and served as channels whose bytes are counted, bounded a
 * member, and carried on over the next connection where a relay's limit ends one.
 *
 * @module
 */
import type { Connection, Stream } from "@libp2p/interface";
import { Deadline } from "../../core/deadline.ts";
import { messageOf } from "../../core/errors.ts";
import type { Admission } from "../admission/admission.ts";
import { lineOf } from "../admission/line_of.ts";
import { ByteBudget } from "../protocols/byte_budget.ts";
import { FrameChannel } from "../protocols/channel.ts";
import { Pace } from "../protocols/pace.ts";
import type { StreamOptions } from "../protocols/peers.ts";
import type { TrafficKind } from "../protocols/traffic.ts";
import type { ConnectionsOptions } from "./options.ts";
import { roomiest } from "./roomiest.ts";
import { endChannel, isUsedUp, serveChannel, streamOptions } from "./streams.ts";

/** Streams of one protocol that a member may open: two that look for each other while both are busy open ten a second. */
const STREAM_PACE = { burst: 200, interval: 50 };

/** Connections through a relay that limits them over which one piece of work may go. */
const MOST_LINES = 256;

/** What {@linkcode MemberStreams} works with. */
export interface MemberStreamsOptions extends Pick<ConnectionsOptions, "stepTimeout" | "traffic" | "debug"> {
  admission: Admission;
  /** Calls a member again that is connected through a relay. */
  renew: (peer: string) => Promise<void>;
  /** Aborted when this peer stops. */
  signal: AbortSignal;
}

/** Opens streams to members, and serves theirs. */
export class MemberStreams {
  readonly #options: MemberStreamsOptions;
  /** By peer and protocol. */
  readonly #pace = new Pace(STREAM_PACE);
  /** What each member has this peer hold. */
  readonly #budgets = new Map<string, ByteBudget>();

  constructor(options: MemberStreamsOptions) {
    this.#options = options;
  }

  /** A channel to an accepted peer. @throws if it is not connected. */
  async open(peer: string, options: StreamOptions): Promise<FrameChannel> {
    return await this.#within(this.#connectionTo(peer), options);
  }

  /**
   * Opens a channel, hands it to `work`, and closes it; a throw resets it. Where a relay's limit ends it, work that
   * `resumes` is begun again over the next connection.
   */
  async use<T>(peer: string, options: StreamOptions, work: (channel: FrameChannel) => Promise<T>): Promise<T> {
    let channel: FrameChannel | undefined;
    let connection = this.#connectionTo(peer);
    for (let lines = 1;; lines++) {
      if (options.resumes) connection = await this.#roomiest(peer, options.signal);
      try {
        channel = await this.#within(connection, options, channel?.bytes);
        const result = await work(channel);
        await channel.close();
        return result;
      } catch (error) {
        if (channel) await endChannel(channel, error);
        const mayGoOn = options.resumes && !options.signal?.aborted && lines < MOST_LINES;
        if (!mayGoOn || !isUsedUp(connection, error)) throw error;
      }
    }
  }

  /** A channel on this very connection. */
  async on(
    connection: Connection,
    { protocol, kind, signal = this.#options.signal }: StreamOptions,
    bytes = 0,
  ): Promise<FrameChannel> {
    const stream = await connection.newStream(protocol, streamOptions(signal));
    return this.channel(stream, connection, kind, bytes);
  }

  /** Serves a stream that a member opened, unless it opens ever more of them. */
  async serve(
    stream: Stream,
    connection: Connection,
    protocol: string,
    options: Parameters<typeof serveChannel>[2],
  ): Promise<void> {
    const peer = connection.remotePeer.toString();
    if (!this.#pace.take(`${peer} ${protocol}`)) return stream.abort(new Error("too many streams in a short time"));
    await serveChannel(this.channel(stream, connection, options.kind), peer, options);
  }

  /** The channel over `stream`. @param bytes of the same work, over earlier connections */
  channel(stream: Stream, connection: Connection, kind: TrafficKind, bytes = 0): FrameChannel {
    const { admission, traffic } = this.#options;
    const peer = connection.remotePeer.toString();
    const budget = this.#budgets.get(peer) ?? new ByteBudget();
    if (admission.isMember(peer)) this.#budgets.set(peer, budget);
    return new FrameChannel(stream, { onBytes: traffic.counter(kind), budget, line: lineOf(connection), bytes });
  }

  /** A connection to `peer` with room for much. */
  async #roomiest(peer: string, signal: AbortSignal = this.#options.signal): Promise<Connection> {
    const { admission, renew, stepTimeout, debug } = this.#options;
    using limit = new Deadline(stepTimeout, "waiting for the next connection through a relay", signal);
    return await roomiest(peer, {
      ...{ admission, renew },
      debug: (error) => debug(`calling ${peer} through a relay again: ${messageOf(error)}`),
      signal: limit.signal,
    });
  }

  #connectionTo(peer: string): Connection {
    const connection = this.#options.admission.connectionTo(peer);
    if (!connection) throw new Error("the member is not connected");
    return connection;
  }

  async #within(
    connection: Connection,
    { protocol, kind, signal = this.#options.signal }: StreamOptions,
    bytes = 0,
  ): Promise<FrameChannel> {
    using limit = new Deadline(this.#options.stepTimeout, `opening ${protocol}`, signal);
    return await this.on(connection, { protocol, kind, signal: limit.signal }, bytes);
  }
}
