/**
 * A peer that is asked into a sum, part of `/syncytium/average/3` (`../server.ts`).
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { messageOf } from "../../../core/errors.ts";
import { Deadline, raceAbort } from "../../../core/deadline.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { UnsoundError } from "../_messages.ts";
import type { Judge } from "../judging/judge.ts";
import type { Side, SideOptions, SideRequest } from "../side.ts";
import type { Snapshot, StateOptions } from "../state.ts";
import { type Elsewhere, VoidSumError } from "./_errors.ts";
import { droppedOutText } from "./_reasons.ts";
import { collectFrom } from "./collecting.ts";
import type { Part } from "./part.ts";
import { fromRing } from "./ring.ts";
import {
  type Attempt,
  confirmationOf,
  openRoster,
  type Roster,
  type RosterMember,
  type RosterRules,
  type RosterSigner,
} from "./roster.ts";
import type { Session } from "./session.ts";
import { SecureState } from "./state.ts";

/** Options of {@linkcode SecureSide}. */
export interface SecureSideOptions extends SideOptions {
  /** Signs what this peer says of itself. */
  signer: RosterSigner;
  /** Longest wait for members that have not come to a step, in milliseconds. */
  patience: number;
  /** Says whether a sum may be of this training. @default all that has the right form */
  judge?: Judge;
  /** Whether `peer` is not to collect. @default anybody may */
  isPassedOver?: (peer: string) => boolean;
}

/** One peer's side of sums. */
export class SecureSide implements Side {
  readonly #options:
    & Required<Omit<SecureSideOptions, "kept" | "judge" | "isPassedOver">>
    & Pick<SecureSideOptions, "judge" | "isPassedOver">;
  #state: SecureState | undefined;
  /** The step that this peer is in, or was in last; NaN: it comes to none. */
  #reached = -1;
  #session: Session | undefined;
  #collector: string | undefined;
  /** Whether the sum of that step was taken. */
  #isMade = false;
  /** Resolves when either of the two is another. */
  #moved = Promise.withResolvers<void>();

  constructor({ signer, patience, stepTimeout = 30_000, audit = () => {}, judge, isPassedOver }: SecureSideOptions) {
    this.#options = { signer, patience, stepTimeout, audit, judge, isPassedOver };
  }

  get state(): SecureState | undefined {
    return this.#state;
  }

  /** The step that this peer is in, or was in last. */
  get reached(): number {
    return this.#reached;
  }

  /** Begins with `vector` in place of the state before. */
  initialise(vector: Float32Array, options: StateOptions): void {
    this.#state = new SecureState(vector, options);
  }

  /** Comes to a step: with `session` as its collector, else as one that asks `collector`. */
  beginStep(step: number, { session, collector }: { session?: Session; collector?: string } = {}): void {
    this.#reached = step;
    this.#session = session;
    this.#collector = collector;
    this.#isMade = false;
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  /** The sum that this peer collected is over. */
  endSession(): void {
    this.#session = undefined;
  }

  /** Ends the step: its sum was taken, or it was void, and others are told that this peer was in `step`. */
  endStep(how: "made" | { step: number }): void {
    this.#isMade = how === "made";
    if (how !== "made") this.#reached = how.step;
    this.#session = this.#collector = undefined;
  }

  isExpected(request: SideRequest): boolean {
    return (request.type === "join" || request.type === "gather") && request.step === this.#reached + 1;
  }

  /** Steps are counted through all trainings: whoever has come so far in another one has done this one's. */
  elsewhere(request: SideRequest): { type: string; step?: number } | undefined {
    if (request.type !== "gather") return undefined;
    return this.sitsOut || this.#reached >= request.step ? { type: "closed", step: request.step } : undefined;
  }

  sitOut(): void {
    this.#reached = NaN;
  }

  get sitsOut(): boolean {
    return Number.isNaN(this.#reached);
  }

  whyNot(request: SideRequest): string | undefined {
    return request.type === "join" || request.type === "gather"
      ? undefined
      : "weights are only given to sums here (mesh.averaging.secure)";
  }

  /** Takes a member into the sum that this peer collects, or is about to. */
  async respond(
    channel: FrameChannel,
    peer: string,
    { request, signal }: { request: SideRequest; signal?: AbortSignal },
  ): Promise<{ remoteRound: number } | undefined> {
    if (request.type === "gather") return void await channel.sendMessage(this.#hear(peer, request.step), signal);
    if (request.type !== "join") throw new UnsoundError(`a join was due, it sent a ${request.type}`);
    const { type: _, layout, values, step, ...entry } = request;
    this.#noteAhead(peer, { step, collector: this.#options.signer.peerId });
    if (this.isExpected(request)) await this.#untilMoved(signal);
    const session = this.#session;
    const isOf = session?.isGathering && session.attempt.step === step && session.attempt.layout === layout &&
      session.attempt.values === values;
    if (!session || !isOf) {
      const isElsewhere = this.sitsOut || this.#reached < step;
      return void await channel.sendMessage(isElsewhere ? { type: "elsewhere" } : this.#closed, signal);
    }
    const member: RosterMember = { peer, ...entry };
    session.join(member);
    const { audit, stepTimeout } = this.#options;
    const options = { audit, stepTimeout, signal, round: () => this.#state?.round ?? 0 };
    const remoteRound = await session.serves(collectFrom(channel, { session, member }, options));
    // a sum that is not taken does its members no good
    return remoteRound === undefined || !session.isTaken ? undefined : { remoteRound };
  }

  /**
   * Collects the sum of `session` from those who have joined it, and takes part in it.
   *
   * @throws {VoidSumError} if it comes to nothing.
   */
  async collect(
    session: Session,
    { part, own, members, rules, longest, signal }: {
      part: Part;
      own: Snapshot;
      members: readonly RosterMember[];
      rules: Omit<RosterRules, "own">;
      /** Milliseconds, once the members are settled. */
      longest: number;
      signal: AbortSignal;
    },
  ): Promise<{ mean: Float32Array<ArrayBuffer>; roster: Roster }> {
    const { signer } = this.#options;
    const self = signer.peerId;
    const roster = await openRoster(session.attempt, members, { ...rules, own: part.entry });
    const running = session.begin(roster);
    using limit = new Deadline(longest, "the sum as a whole", signal, "not done");
    try {
      running.add(self, await part.masked(own.vector, roster));
      await raceAbort(running.complete, limit.signal);
      running.confirmations.arrive(self, encodeBase64(await signer.privateKey.sign(confirmationOf(roster))));
      await raceAbort(running.confirmations.all, limit.signal);
      running.reveal(self, part.reveal());
      const sum = await raceAbort(running.open(), limit.signal);
      return { mean: fromRing(sum, roster.range), roster };
    } catch (error) {
      signal.throwIfAborted();
      const missing = limit.signal.aborted ? running.missing : [];
      const why = missing.length > 0 ? droppedOutText(missing.join(", "), messageOf(error)) : messageOf(error);
      const failed = error instanceof VoidSumError ? error : new VoidSumError(why, missing);
      running.fail(failed);
      throw failed;
    }
  }

  /** Takes a mean that `own` went into. @throws {UnsoundError} if it may not be of this training. */
  take(mean: Float32Array<ArrayBuffer>, own: Snapshot): void {
    const state = this.#required();
    this.#options.judge?.check({ vector: own.vector, mass: own.mass, moved: state.moved }, mean);
    state.take(mean, own);
  }

  /** What this peer brings to an attempt now. */
  attempt(consortium: string, step: number, collector: string): Attempt {
    const { layout, length: values } = this.#required();
    return { consortium, layout, values, step, collector };
  }

  /** `peer` gathers the sum of `step`: whether it is to wait for this peer. */
  #hear(peer: string, step: number) {
    if (this.sitsOut) return { type: "closed", step };
    this.#noteAhead(peer, { step, collector: peer });
    if (this.#options.isPassedOver?.(peer)) return this.#closed;
    if (step === this.#reached && this.#session?.yieldTo(peer)) this.#collector = peer;
    const comes = this.#reached < step || (this.#reached === step && this.#collector === peer);
    return comes ? { type: "later" } : this.#closed;
  }

  /** Whoever is further than the sum that this peer gathers does not come to it. */
  #noteAhead(peer: string, elsewhere: Elsewhere): void {
    if (this.#session && elsewhere.step > this.#session.attempt.step) this.#session.leaveOut(peer, elsewhere);
  }

  get #closed() {
    return { type: "closed", step: this.#reached, collector: this.#collector, made: this.#isMade };
  }

  async #untilMoved(signal?: AbortSignal): Promise<void> {
    using limit = new Deadline(this.#options.patience, "coming to the step", signal);
    await raceAbort(this.#moved.promise, limit.signal).catch(() => signal?.throwIfAborted());
  }

  #required(): SecureState {
    if (!this.#state) throw new Error("averaging needs a state first: call initialise()");
    return this.#state;
  }
}
