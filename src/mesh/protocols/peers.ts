/**
 * What protocols see of the other peers: who is there, and streams to them. `connections/` implements it, so that
 * averaging, features and the charter's spread need not know how members are found and let in.
 *
 * @module
 */
import type { FrameChannel } from "./channel.ts";
import type { TrafficKind } from "./traffic.ts";

/** The protocol of a stream, and what its bytes count as. */
export interface StreamOptions {
  /** The protocol's id. */
  protocol: string;
  /** What the bytes count as. */
  kind: TrafficKind;
  /** Ends the wait for the stream. @default the end of this peer */
  signal?: AbortSignal;
  /**
   * Whether the work is begun again over the next connection where a relay's limit ended this one: it must go on from
   * what has come. @default false
   */
  resumes?: boolean;
}

/** The members that are connected and let in. */
export interface Peers {
  /** Aborted when this peer stops. */
  readonly signal: AbortSignal;
  /** Their peer ids. */
  present(): string[];
  /** Whether `peer` is one of them. */
  isPresent(peer: string): boolean;
  /** Whether `peer` has said that it leaves, and has not come back since. */
  isLeaving(peer: string): boolean;
  /** Opens a channel to one of them, hands it to `work`, and closes it; a throw resets it. */
  use<T>(peer: string, options: StreamOptions, work: (channel: FrameChannel) => Promise<T>): Promise<T>;
  /** Cuts the connections to a peer that does not answer; it is called again at once. */
  drop(peer: string, reason: Error): void;
}

/** How the streams of one protocol are served, to members that were let in only. */
export interface ChannelHandler {
  /** As what its bytes are counted. */
  kind: TrafficKind;
  /** What a warning begins with. */
  doing: string;
  /** Serves one stream; a throw resets it and is told as a warning about the peer. */
  serve: (channel: FrameChannel, peer: string, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Something to know that stops nothing; `peer` where one is to blame: `message` leaves its id to whoever shows it.
 */
export interface Warning {
  /** Something went wrong that does not end the run. */
  type: "warning";
  /** What, in a sentence. */
  message: string;
  /** The peer id of whom it concerns. */
  peer?: string;
}
