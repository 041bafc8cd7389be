/**
 * How averaging reaches the members: streams within the time that what goes over them may take, who is left alone for a
 * while, and what is told of those who do something wrong or nothing in time.
 *
 * @module
 */
import { Deadline, raceAbort } from "../../core/deadline.ts";
import { messageOf } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { world } from "../../core/world.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { LineTooSmallError } from "../protocols/line.ts";
import type { Peers } from "../protocols/peers.ts";
import { exchangeFailure, isOffence } from "./failure.ts";
import { UnlikeError } from "./_messages.ts";
import type { AveragingOptions } from "./options.ts";
import type { PartnerTimes } from "./partner_times.ts";
import { Refusals } from "./refusals.ts";
import { AVERAGE_PROTOCOL } from "./server.ts";
import type { State } from "./state.ts";
import type { Exchanged, Reach } from "./steps.ts";

/** What {@linkcode MemberReach} works with. */
export interface MemberReachOptions extends Pick<AveragingOptions, "peers" | "trust" | "rng" | "emit"> {
  /** How long exchanges may take. */
  times: PartnerTimes;
  /** Whether exchanges go on over the next connection where a relay's limit ends one. */
  resumes: boolean;
  /** The present state. @throws where there is none yet */
  state: () => State;
}

/** The members that weights are averaged with. */
export class MemberReach implements Reach {
  readonly rng: Rng;
  readonly #options: MemberReachOptions;
  readonly #peers: Peers;
  readonly #times: PartnerTimes;
  /** Of vectors that were unlike. */
  readonly #refusals: Refusals;
  /** Members of whom it was told that no relay between carries what is averaged. */
  readonly #unreached = new Set<string>();

  constructor(options: MemberReachOptions) {
    this.#options = options;
    this.#peers = options.peers;
    this.#times = options.times;
    this.#refusals = new Refusals(() => options.state().round);
    this.rng = options.rng;
  }

  present(): string[] {
    return this.#peers.present().filter((peer) =>
      this.#options.trust?.whyPaused(peer) === undefined && !this.#times.rests(peer) &&
      this.whyNoMore(peer) === undefined
    );
  }

  isLeaving(peer: string): boolean {
    return this.#peers.isLeaving(peer);
  }

  use<T>(peer: string, work: (channel: FrameChannel) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { state, resumes } = this.#options;
    const timed = (channel: FrameChannel) => this.inTime(peer, state().length, () => work(channel), signal);
    return this.stream(peer, timed, { signal, resumes });
  }

  open<T>(peer: string, work: (channel: FrameChannel) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.stream(peer, work, { signal, resumes: false });
  }

  /** A stream of averaging's protocol, without a limit of time. */
  stream<T>(
    peer: string,
    work: (channel: FrameChannel) => Promise<T>,
    options: { signal?: AbortSignal; resumes: boolean },
  ): Promise<T> {
    return this.#peers.use(peer, { protocol: AVERAGE_PROTOCOL, kind: "weights", ...options }, work);
  }

  /** Does what concerns `values` values of `peer` within what that may take as a whole; what throws resets the stream. */
  async inTime<T>(peer: string, values: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const began = world.elapsed();
    const doing = "the exchange as a whole";
    const limit = this.#times.limit(peer, values);
    using whole = new Deadline(limit, doing, signal ?? this.#peers.signal, "not done");
    try {
      return await raceAbort(work(), whole.signal);
    } catch (error) {
      const lasted = world.elapsed() - began;
      // one that stretches it and ends it just before the limit, on a line that stays, is no better
      const isEnded = exchangeFailure(error) !== "refused" && lasted > limit / 2 &&
        this.#peers.present().includes(peer);
      if (isTimeout(error) || isEnded) this.#overran(peer, lasted);
      throw error;
    }
  }

  exchanged({ partner, ...cost }: Exchanged): void {
    this.noteExchange(partner, true, cost);
  }

  /** An exchange that either side began took place. */
  noteExchange(peer: string, initiator: boolean, cost: { bytes: number; milliseconds: number }): void {
    const { trust, emit } = this.#options;
    const { length, round } = this.#options.state();
    trust?.good(peer);
    this.#unreached.delete(peer);
    this.#times.took(peer, length, cost.milliseconds);
    emit({ type: "exchange", peer, initiator, round, ...cost });
  }

  blame(peer: string, error: unknown): void {
    if (error instanceof LineTooSmallError) return this.#tooFar(peer, error);
    this.#options.emit({ type: "exchange-failed", peer, reason: exchangeFailure(error) });
    this.blameFor(peer, "averaging", error);
  }

  /** Tells what has gone wrong with `peer`, in whatever was done with it. */
  blameFor(peer: string, doing: string, error: unknown): void {
    this.warn(`${doing}: ${messageOf(error)}`, peer);
    this.noteOffence(peer, error);
    // one that does not answer would cost every later exchange the same wait: hang up, and call again until it does
    if (isTimeout(error)) this.#peers.drop(peer, error);
  }

  /** Why nothing is exchanged with `peer` before this site's next round, as half a sentence; undefined: it is. */
  whyNoMore(peer: string): string | undefined {
    return this.#refusals.whyNoMore(peer);
  }

  /** Holds it against `peer` where `error` is its own doing. */
  noteOffence(peer: string, error: unknown): void {
    if (!isOffence(error)) return;
    // the same two vectors meet again and again within a step
    if (error instanceof UnlikeError && !this.#refusals.add(peer)) return;
    this.#options.trust?.offence(peer, messageOf(error));
  }

  warn(message: string, peer?: string): void {
    this.#options.emit({ type: "warning", message, peer });
  }

  /** Told once, until an exchange with it has been done. */
  #tooFar(peer: string, { message }: LineTooSmallError): void {
    if (this.#unreached.has(peer)) return;
    this.#unreached.add(peer);
    this.warn(`averaging: ${message}`, peer);
  }

  #overran(peer: string, milliseconds: number): void {
    const rest = this.#times.overran(peer, milliseconds);
    if (rest === 0) return;
    const seconds = Math.round(rest / 1000);
    this.warn(`averaging: what is begun with it is not done in time: it is left alone for ${seconds} s`, peer);
  }
}

function isTimeout(error: unknown): error is DOMException {
  return error instanceof DOMException && error.name === "TimeoutError";
}
