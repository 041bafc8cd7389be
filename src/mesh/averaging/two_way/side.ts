/**
 * Averaging between two peers over two-way links, part of `/syncytium/average/3` (`server.ts`).
 *
 * ```
 * initiator A                                               responder B
 * offer {layout, values, compression, reference, step?} ->
 *                                <-  accept {reference, planned} | later | busy | elsewhere | refused {reason}
 * state {mass, round, manifest}  -><-  state {mass, round, manifest}
 *                     both pull each other's pieces
 *                                <-  commit
 * (A applies)  committed         ->
 *                                    (B applies)
 * ```
 *
 * From `accept` to `commit` both do the same at the same time: they digest their encodings, and give and take the
 * pieces over one stream in both directions. So the initiator's has left when it finds that it does not believe the
 * responder's.
 *
 * Until `commit` both sides hold both vectors and have changed nothing: whoever dies or is cut off before it, at any
 * byte, the survivor goes on with the state that it had. If the line breaks between `commit` and `committed`, A has
 * applied and B has not: both states are valid, and with the mean the mesh's weighted mean has moved by A's part, at
 * most mA·(x̄ − xA) / Σ m, no more than one exchange with a copy of B would have moved it. If A was killed instead, its
 * state is gone and B's is what it was. A rule that is not linear keeps no mean, and loses nothing but one vector to
 * look at.
 *
 * Vectors travel as the compressor encodes them, as differences to a reference that both sides hold
 * (`compression/link.ts`). `reference` names it: where A and B name different ones (one of them died before its commit,
 * or was started again) both begin anew, and `accept` then has an empty name. References change only where the exchange
 * is applied.
 *
 * Both sides say in which step of the plan they are. If it is the same and plans the two to meet, they average with
 * the plan's weight, and with the vectors that they had when they began it, in whatever order a step's exchanges come:
 * together they are the plan's matrix. Else they mix with the weight 1/2 and what they have now, and so do all that
 * meet later in a step in which one side has mixed otherwise: what it began with would count twice. `later` asks a patient
 * initiator to wait for B to come to its step.
 *
 * A peer is in at most one exchange, as either side. One that is in an exchange answers `busy` at once, so nobody waits
 * for somebody who waits: the asker turns to another partner, or asks again after a random time.
 *
 * @module
 */
import type * as v from "valibot";
import { raceAbort } from "../../../core/deadline.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { whyUndecodable } from "../_encoded_transfer.ts";
import { ExchangeRefusedError, nextMessage, UnsoundError } from "../_messages.ts";
import { mean } from "../aggregation/mean.ts";
import type { Refusal } from "../aggregation/rule.ts";
import { DEFAULT_LINKS } from "../compression/links.ts";
import { none } from "../compression/none.ts";
import type { Judge } from "../judging/judge.ts";
import type { Outcome, Side, SideOptions, SideRequest } from "../side.ts";
import type { StateOptions } from "../state.ts";
import { beginExchange, endExchange, type Exchange, type Step, type Swapped } from "./_exchange.ts";
import { judgeRemote, rememberRemote } from "./_judging.ts";
import { requireRoom, swap } from "./_swap.ts";
import { answerSchema, signSchema } from "./messages.ts";
import { TwoWayState, type TwoWayStateOptions } from "./state.ts";

/** Options of {@linkcode TwoWaySide}. */
export interface TwoWaySideOptions extends SideOptions, Pick<TwoWayStateOptions, "compressor" | "rule" | "neighbours"> {
  /** Says what is believed of what partners send. @default all that has the right form */
  judge?: Judge;
}

/** Options of {@linkcode TwoWaySide.exchange}. */
export interface AskOptions {
  signal?: AbortSignal;
  /** Whether to meet only as planned for this step: one that was met already is not asked again. @default false */
  planned?: boolean;
  /** Whether a partner that has not come to this step yet may say so instead. @default false */
  patient?: boolean;
}

/** One peer's side of its exchanges, around one {@linkcode TwoWayState}. */
export class TwoWaySide implements Side {
  readonly #options: Required<Omit<TwoWaySideOptions, "kept" | "judge">> & Pick<TwoWaySideOptions, "kept" | "judge">;
  #state: TwoWayState | undefined;
  #step: Step | undefined;
  /** The number of the latest step, also of one that averaged an earlier state; -1 before the first. */
  #reached = -1;
  /** Resolves at the end of the exchange under way. */
  #busy: PromiseWithResolvers<void> | undefined;
  /** Resolves when the next exchange, as either side, is done. */
  #next = Promise.withResolvers<void>();

  constructor(options: TwoWaySideOptions = {}) {
    const { compressor = none, rule = mean, neighbours = DEFAULT_LINKS, stepTimeout = 30_000 } = options;
    const { audit = () => {}, kept, judge } = options;
    this.#options = { compressor, rule, neighbours, stepTimeout, audit, kept, judge };
  }

  /** The state, once there is one. */
  get state(): TwoWayState | undefined {
    return this.#state;
  }

  /**
   * Begins with `vector`, which nobody may change any more, in place of the state before; an exchange under way still applies to that, which is
   * dropped.
   *
   * @throws {RangeError | UserError} as the constructor of {@linkcode TwoWayState} does.
   */
  initialise(vector: Float32Array, options: StateOptions & Pick<TwoWayStateOptions, "matrices">): void {
    const { compressor, rule, neighbours } = this.#options;
    this.#state = new TwoWayState(vector, { ...options, compressor, rule, neighbours });
    this.#step = undefined;
  }

  /** Begins a step of the plan: `partners` with their weights. */
  beginStep(number: number, partners: ReadonlyMap<string, number>): void {
    const state = this.#required();
    this.#reached = number;
    if (this.#step && !this.#busy) state.giveBack(this.#step.own);
    this.#step = { number, own: state.snapshot(), left: new Map(partners), met: new Set(), isLeft: false };
  }

  /** The planned partners of this step that were not met yet, and everybody who was. */
  get progress(): { left: string[]; met: string[] } {
    return { left: [...this.#step?.left.keys() ?? []], met: [...this.#step?.met ?? []] };
  }

  /** Ends the step: a rule that waited for it is applied. `steps` is how many there will be in all. */
  async endStep(steps: number): Promise<{ refused: readonly Refusal[]; tooFew?: number }> {
    if (!this.#step) throw new Error("a step must begin before it can end");
    const { number: round, own, met } = this.#step;
    met.clear();
    this.#step.isLeft = true;
    const { refused, vectors } = await this.#required().endStep(own, { round, rounds: Math.max(steps, 1) });
    return { refused, tooFew: vectors > 0 && vectors < this.#options.rule.neighbours ? vectors : undefined };
  }

  /**
   * Averages with the peer behind `channel`.
   *
   * @throws {ExchangeRefusedError} if either side refuses what the other has.
   * @throws {LineTooSmallError} if a relay between the two allows too little.
   */
  async exchange(
    channel: FrameChannel,
    peer: string,
    { signal, planned = false, patient = false }: AskOptions = {},
  ): Promise<Outcome> {
    const state = this.#required();
    if (this.#busy) return { state: "busy" };
    if (planned && !this.#step?.left.has(peer)) return { state: "met" };
    this.#busy = Promise.withResolvers();
    try {
      const link = state.links.to(peer);
      const step = this.#step;
      const isPlanned = step !== undefined && !step.isLeft && step.left.has(peer);
      requireRoom(channel.line, { state, link, own: isPlanned ? step.own.vector : undefined });
      const vector = { layout: state.layout, values: state.length, compression: this.#options.compressor.name };
      const offer = {
        type: "offer",
        ...vector,
        reference: link.reference,
        step: isPlanned ? step?.number : undefined,
        patient,
      };
      await channel.sendMessage(offer, signal);
      const answer = await this.#receive(channel, answerSchema, signal);
      if (answer.type === "refused") throw new ExchangeRefusedError(`it refused: ${answer.reason}`);
      if (answer.type !== "accept") return { state: answer.type };
      if (answer.reference !== link.reference) link.forget();
      if (answer.reference !== link.reference) throw new UnsoundError("it names a reference that was not offered");
      if (answer.planned && !isPlanned) throw new UnsoundError("it takes for planned what was not");
      const exchange = beginExchange(state, { peer, link, step, planned: answer.planned });
      using swapped = await swap(channel, exchange, { ...this.#options, signal });
      const { remote } = swapped;
      judgeRemote(exchange, remote, this.#options);
      await this.#keeping(remote, () => this.#receive(channel, signSchema("commit"), signal));
      await this.#end(exchange, swapped);
      // planned or not, it was asked for this step
      step?.left.delete(peer);
      await channel.sendMessage({ type: "committed" }, signal);
      return { state: "done", remoteRound: remote.round };
    } finally {
      this.#release();
    }
  }

  /** Whether the asker is one step ahead and waits: whoever is further ahead would wait for every slow site. */
  isExpected(request: SideRequest): boolean {
    return request.type === "offer" && request.patient && request.step === this.#reached + 1;
  }

  /** See {@linkcode Side.sitOut}. */
  sitOut(): void {
    this.#reached = NaN; // no step comes after it
  }

  /** See {@linkcode Side.sitsOut}. */
  get sitsOut(): boolean {
    return Number.isNaN(this.#reached);
  }

  /** Why an offer cannot be taken up, if so; that the vectors are alike is known. */
  whyNot(request: SideRequest): string | undefined {
    if (request.type !== "offer") return "the topology differs: its links are two-way here";
    return whyUndecodable(this.#options.compressor.name, request.compression);
  }

  /** Takes up an offer. Resolves to what was averaged, or `undefined` where nothing was. */
  async respond(
    channel: FrameChannel,
    peer: string,
    { request, signal }: { request: SideRequest; signal?: AbortSignal },
  ): Promise<{ remoteRound: number } | undefined> {
    const state = this.#required();
    if (request.type !== "offer") throw new UnsoundError(`an offer was due, it sent a ${request.type}`);
    if (this.#busy) return void await channel.sendMessage({ type: "busy" }, signal);
    if (this.isExpected(request)) return void await channel.sendMessage({ type: "later" }, signal);
    this.#busy = Promise.withResolvers();
    try {
      const step = this.#step;
      const planned = step !== undefined && !step.isLeft && step.number === request.step && step.left.has(peer);
      const link = state.links.to(peer);
      if (request.reference !== link.reference) link.forget();
      requireRoom(channel.line, { state, link, own: planned ? step.own.vector : undefined });
      await channel.sendMessage({ type: "accept", reference: link.reference, planned }, signal);
      const exchange = beginExchange(state, { peer, link, step, planned });
      using swapped = await swap(channel, exchange, { ...this.#options, signal });
      const { remote } = swapped;
      await this.#keeping(remote, async () => {
        await channel.sendMessage({ type: "commit" }, signal);
        await this.#receive(channel, signSchema("committed"), signal);
      });
      // an honest one that was away for long comes near by this peer's vector, although its own is not taken yet
      judgeRemote(exchange, remote, this.#options);
      await this.#end(exchange, swapped);
      if (planned) step.left.delete(peer);
      return { remoteRound: remote.round };
    } finally {
      this.#release();
    }
  }

  /** Resolves once no exchange is under way, as either side. */
  async idle(signal?: AbortSignal): Promise<void> {
    while (this.#busy) await raceAbort(this.#busy.promise, signal);
  }

  /** Resolves when the next exchange, as either side, is over. */
  async next(signal?: AbortSignal): Promise<void> {
    await raceAbort(this.#next.promise, signal);
  }

  #release(): void {
    this.#busy?.resolve();
    this.#busy = undefined;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  #required(): TwoWayState {
    if (!this.#state) throw new Error("averaging needs a state first: call initialise()");
    return this.#state;
  }

  /** Does what comes between a vector's arrival and its use: if that fails, the exchange need not take it again. */
  async #keeping(taken: Swapped["remote"], work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await taken.keep();
      throw error;
    }
  }

  /** Both have both vectors: ends the exchange. */
  async #end(exchange: Exchange, swapped: Swapped): Promise<void> {
    rememberRemote(exchange, swapped, this.#options);
    await endExchange(exchange, swapped);
  }

  async #receive<S extends v.GenericSchema>(channel: FrameChannel, schema: S, signal?: AbortSignal) {
    return await nextMessage(channel, schema, { ...this.#options, signal });
  }
}
