/**
 * Averaging as a peer uses it: steps of a planned topology, with the consortium's compressor and rule, and late peers'
 * beginnings.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import type { Layout } from "../../core/vectors.ts";
import { AnySignal, Deadline, raceAbort } from "../../core/deadline.ts";
import { world } from "../../core/world.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { KeptPieces } from "../protocols/kept_pieces.ts";
import { LineTooSmallError } from "../protocols/line.ts";
import type { ChannelHandler, Peers, Warning } from "../protocols/peers.ts";
import type { Audit } from "../protocols/traffic.ts";
import { aggregationRules } from "./aggregation/rules.ts";
import { vectorLayout } from "./compression/compressor.ts";
import { compressors } from "./compression/compressors.ts";
import { DEFAULT_LINKS } from "./compression/links.ts";
import { exchangeFailure, isOffence } from "./failure.ts";
import type { ExchangeFailure } from "./failure_kinds.ts";
import type { FetchStateOptions, LateState } from "./late_state.ts";
import { judgeOf, type Trust } from "./trust.ts";
import { ExchangeRefusedError, RefusedRequestError, UnlikeError } from "./_messages.ts";
import { OneWaySteps } from "./one_way/steps.ts";
import { PartnerTimes } from "./partner_times.ts";
import { partnerOrder, planStep } from "./partners.ts";
import type { RosterSigner } from "./secure/roster.ts";
import { SecureSteps, type SecureStepsOptions } from "./secure/steps.ts";
import { AVERAGE_PROTOCOL, AverageServer, FETCHED_VALUES, type InTime } from "./server.ts";
import { type AveragingSettings, checkAveraging } from "./settings.ts";
import type { Snapshot, State } from "./state.ts";
import type { ExchangeResult, Reach, StepOptions, StepResult, Steps } from "./steps.ts";
import { topologies } from "./topologies/topologies.ts";
import type { Topology } from "./topologies/topology.ts";
import { TwoWaySteps } from "./two_way/steps.ts";

/** The most partners that a peer keeps vectors of, whatever the topology. */
const MOST_NEIGHBOURS = 64;

/** What happens while weights are averaged. */
export type AveragingEvent =
  /** Weights were averaged with `peer`. */
  | { type: "exchange"; peer: string; initiator: boolean; round: number; bytes: number; milliseconds: number }
  /** One that this peer began did not take place; a warning says more. */
  | { type: "exchange-failed"; peer: string; reason: ExchangeFailure }
  | Warning;

/** Options of {@linkcode Averaging.exchange}. */
export interface ExchangeOptions {
  /** Ends the exchange: it throws the signal's reason. */
  signal?: AbortSignal;
  /** Peer ids of members to leave out, such as those that this round has been averaged with already. @default [] */
  exclude?: readonly string[];
}

/** Options of {@linkcode Averaging.initialise}. */
export interface InitialiseOptions {
  /**
   * Names the order and shapes of what the vector holds (a digest); only equal layouts are averaged. Members with
   * another one are left alone: a run may average several trainings, one after another, each with a layout of its own.
   */
  layout: string;
  /** Names and shapes of the tensors in the vector, for compressors that make use of them. @default [] */
  tensors?: Layout;
  /** The weight of this site, such as its number of training cases; it stays with the site. */
  mass: number;
  /** The round that the vector belongs to. */
  round: number;
}

/** What {@linkcode Averaging} works with. */
export interface AveragingOptions {
  /** The members that are connected. */
  peers: Peers;
  /** This peer, by its id; its key signs what it says of itself in secure sums. */
  identity: { readonly peerId: string } & Partial<RosterSigner>;
  /** The consortium's name. */
  consortium: string;
  /** All members now, this peer among them or not. */
  members: () => readonly string[];
  /** With whom and how, as all members have it. */
  averaging: Readonly<Required<AveragingSettings>>;
  /** How long planned partners that have not come to a step yet are waited for, in milliseconds. */
  patience: number;
  /** Draws partners and waits. */
  rng: Rng;
  /** Longest wait for one answer or one piece, in milliseconds. */
  stepTimeout: number;
  /** Told, and awaited, before weights leave. */
  audit: Audit;
  /** Where the pieces of broken transfers wait. @default a place of its own */
  kept?: KeptPieces;
  /** By which it is judged what members send. @default all that has the right form is believed */
  trust?: Trust;
  /** How long exchanges may take. @default what `stepTimeout` allows, or the others' pace */
  times?: PartnerTimes;
  /** Told of what happens. */
  emit: (event: AveragingEvent) => void;
}

/** Averaging of one flat vector with the members that are there. */
export class Averaging {
  readonly #options: AveragingOptions;
  readonly #reach: Reach;
  readonly #topology: Topology;
  readonly #steps: Steps;
  readonly #server: AverageServer;
  readonly #times: PartnerTimes;
  /** The members that the settings were checked for last, and what speaks against them. */
  #checked: { members: number; refusal?: string } | undefined;
  /** By member, the round in which its vector was last held against it as unlike. */
  readonly #unlike = new Map<string, number>();
  /** Members that were told of as asking for what is not averaged here. */
  readonly #refused = new Set<string>();
  /** Members of whom it was told that no relay between carries what is averaged. */
  readonly #unreached = new Set<string>();

  /** No state yet: see {@linkcode Averaging.initialise}. */
  constructor(options: AveragingOptions) {
    const { averaging, stepTimeout, audit, patience, kept = new KeptPieces() } = options;
    const { times = new PartnerTimes({ floor: stepTimeout }) } = options;
    this.#options = options;
    this.#times = times;
    this.#reach = this.#reaching();
    this.#topology = topologies.named(averaging.topology);
    const waits = this.#topology.plansOver === "members";
    const transfer = { compressor: compressors.named(averaging.compression), stepTimeout, audit, kept };
    const reach = this.#reach;
    const judge = judgeOf(options);
    const members = new Set([...options.members(), options.identity.peerId]).size;
    const { most } = this.#topology.partners(members, averaging.degree);
    const neighbours = Math.min(MOST_NEIGHBOURS, Math.max(DEFAULT_LINKS, most));
    const rule = aggregationRules.named(averaging.rule);
    this.#steps = averaging.secure
      ? new SecureSteps({ ...transfer, judge, reach, ...this.#inSums() })
      : this.#topology.links === "one-way"
      ? new OneWaySteps({ ...transfer, judge, reach })
      : new TwoWaySteps({ ...transfer, judge, reach, neighbours, rule, patience: waits ? patience : 0 });
    const inTime: InTime = (peer, values, work) => this.#inTime(peer, values, work);
    this.#server = new AverageServer(this.#steps.side, { stepTimeout, audit, kept, inTime });
  }

  /** The state, once there is one. */
  get state(): State | undefined {
    return this.#steps.side.state;
  }

  /**
   * Begins with `vector`, which nobody may change any more, or begins anew.
   *
   * @throws {RangeError} if the mass is not above 0, the vector is empty or not finite, or `tensors` hold another
   * number of values.
   * @throws {UserError} if the compressor can do nothing with such tensors.
   */
  initialise(vector: Float32Array, { tensors, ...options }: InitialiseOptions): void {
    const { values, matrices } = tensors ? vectorLayout(tensors) : { values: vector.length, matrices: [] };
    if (values !== vector.length) {
      throw new RangeError(`the tensors must hold ${vector.length} values, as the vector does, got ${values}`);
    }
    this.#steps.initialise(vector, { ...options, matrices });
  }

  /** `give` is asked for what late peers take of this peer's optimiser, beside its weights; it holds from then on. */
  serveOptimiser(give: () => Uint8Array | undefined): void {
    if (this.#options.averaging.secure) return; // its moments are of this site's gradients alone
    this.#server.serveOptimiser(give);
  }

  /**
   * Adds an update of local training; at any time, also during an exchange. A large one is added by the time that what
   * this returns resolves, and must not change before.
   *
   * @throws {RangeError} at once, or as that rejection, if it is not finite or fits not.
   */
  contribute(update: Float32Array, round: number): void | Promise<void> {
    return this.#required().contribute(update, round);
  }

  /** The present state; nobody may change it. */
  snapshot(): Snapshot {
    return this.#required().snapshot();
  }

  /** `snapshot`, of the present state or an earlier one, is looked at no more: its memory may be used again. */
  giveBack(snapshot: Snapshot): void {
    this.state?.giveBack?.(snapshot);
  }

  /**
   * Averages with one random member that is there and free, whatever the plan. What others do wrong ends in `skipped`
   * and a warning that names them, never in a throw. A rule that is not linear makes use of it at the end of the next
   * step.
   */
  async exchange({ signal, exclude = [] }: ExchangeOptions = {}): Promise<ExchangeResult> {
    this.#required();
    using either = new AnySignal(signal, this.#options.peers.signal);
    return await this.#steps.exchange(new Set(exclude), either.signal);
  }

  /**
   * One step of averaging after local training: with the partners that the topology plans for it, or with others where
   * those are away. Nobody is waited for longer than a bounded time, and what others do wrong ends in warnings that
   * name them, never in a throw.
   */
  async step({ step, steps, hasPassed, signal }: StepOptions): Promise<StepResult> {
    this.#required();
    using either = new AnySignal(signal, this.#options.peers.signal);
    const { identity: { peerId: self }, consortium, peers, averaging: { degree } } = this.#options;
    const members = this.#options.members();
    const refusal = this.#whyNotAmong(members);
    if (refusal) return { partners: [], skipped: refusal };
    const present = peers.present();
    const plan = planStep({ self, members, present, topology: this.#topology, degree, consortium, step });
    const { partners, skipped } = await this.#steps.step({ step, steps, hasPassed, plan, signal: either.signal });
    if (partners.length > 0) return { partners };
    return {
      partners,
      skipped: skipped ?? (present.length === 0 ? "no member is connected" : "the plan has no partner"),
    };
  }

  /** Until its next step this peer takes part in none, and nobody waits for it, however near the others are. */
  sitOut(): void {
    this.#steps.side.sitOut();
  }

  /**
   * A copy of the state of a random member that is there, to begin with when the others are ahead; nothing of this site
   * leaves. `undefined` if nobody has one to give now.
   */
  async fetch(
    layoutDigest: string,
    values: number,
    { signal, from, whyNot }: FetchStateOptions = {},
  ): Promise<LateState | undefined> {
    const expected = { layout: layoutDigest, values };
    const present = this.#reach.present().filter((peer) => from?.includes(peer) ?? true);
    for (const peer of partnerOrder(present, this.#options.rng)) {
      try {
        const fetching = (channel: FrameChannel) =>
          this.#inTime(peer, FETCHED_VALUES * values, () => this.#server.fetch(channel, expected, signal), signal);
        const state = await this.#use(peer, fetching, { signal, resumes: true });
        const reason = state && whyNot?.(state, peer);
        if (reason !== undefined) throw new ExchangeRefusedError(`its state is refused: ${reason}`);
        if (state) return state;
      } catch (error) {
        signal?.throwIfAborted();
        this.#blame(peer, "taking a state", error);
      }
    }
    return undefined;
  }

  /** What the node serves. */
  handlers(): Record<string, ChannelHandler> {
    const serve: ChannelHandler["serve"] = (channel, peer, signal) => this.answer(channel, peer, signal);
    return { [AVERAGE_PROTOCOL]: { kind: "weights", doing: "averaging", serve } };
  }

  /** Serves one stream of another peer. */
  async answer(channel: FrameChannel, peer: string, signal: AbortSignal): Promise<void> {
    if (this.#times.rests(peer)) return await channel.sendMessage({ type: "busy" }, signal);
    const began = world.elapsed();
    const paused = this.#options.trust?.whyPaused(peer);
    if (paused !== undefined) {
      return await channel.sendMessage(
        { type: "refused", reason: `this member is paused: ${paused}`.slice(0, 1000) },
        signal,
      );
    }
    const done = await this.#server.answer(channel, peer, signal).catch((error) => {
      this.#noteOffence(peer, error);
      // it may ask again and again: a throw is a warning each time
      if (error instanceof RefusedRequestError && this.#refused.has(peer)) return undefined;
      if (error instanceof RefusedRequestError) this.#refused.add(peer);
      throw error;
    });
    if (!done) return;
    this.#exchanged(peer, false, { bytes: channel.bytes, milliseconds: world.elapsed() - began });
  }

  /** What speaks against the settings among so many members; told once whenever their number changes. */
  #whyNotAmong(members: readonly string[]): string | undefined {
    const { identity, averaging, emit } = this.#options;
    const count = new Set([...members, identity.peerId]).size;
    if (this.#checked?.members === count) return this.#checked.refusal;
    this.#checked = { members: count };
    try {
      checkAveraging(averaging, count);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#checked.refusal = error.message;
      emit({ type: "warning", message: `averaging among ${count} members is not possible: ${error.message}` });
    }
    return this.#checked.refusal;
  }

  #reaching(): Reach {
    const { peers, rng, emit } = this.#options;
    return {
      rng,
      present: () =>
        peers.present().filter((peer) =>
          this.#options.trust?.whyPaused(peer) === undefined && !this.#times.rests(peer)
        ),
      isLeaving: (peer) => peers.isLeaving(peer),
      use: (peer, work, signal) =>
        this.#use(
          peer,
          (channel) => this.#inTime(peer, this.#required().length, () => work(channel), signal),
          { signal, resumes: this.#topology.links === "two-way" },
        ),
      open: (peer, work, signal) => this.#use(peer, work, { signal, resumes: false }),
      exchanged: ({ partner, ...cost }) => this.#exchanged(partner, true, cost),
      blame: (peer, error) => {
        if (error instanceof LineTooSmallError) return this.#tooFar(peer, error);
        emit({ type: "exchange-failed", peer, reason: exchangeFailure(error) });
        this.#blame(peer, "averaging", error);
      },
      warn: (message, peer) => emit({ type: "warning", message, peer }),
    };
  }

  /** What secure sums work with, beside all else. */
  #inSums(): Pick<SecureStepsOptions, "signer" | "consortium" | "members" | "patience"> {
    const { identity: { peerId, privateKey }, consortium, members, patience } = this.#options;
    if (!privateKey) throw new Error("secure sums need the identity's private key");
    return { signer: { peerId, privateKey }, consortium, members, patience };
  }

  #noteOffence(peer: string, error: unknown): void {
    if (!isOffence(error)) return;
    if (error instanceof UnlikeError) {
      // the same two vectors meet again and again within a step
      const round = this.#required().round;
      if (this.#unlike.get(peer) === round) return;
      this.#unlike.set(peer, round);
    }
    this.#options.trust?.offence(peer, messageOf(error));
  }

  #use<T>(
    peer: string,
    work: (channel: FrameChannel) => Promise<T>,
    options: { signal?: AbortSignal; resumes: boolean },
  ): Promise<T> {
    return this.#options.peers.use(peer, { protocol: AVERAGE_PROTOCOL, kind: "weights", ...options }, work);
  }

  /** Does what concerns `values` values of `peer` within what that may take as a whole; what throws resets the stream. */
  async #inTime<T>(peer: string, values: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const began = world.elapsed();
    const doing = "the exchange as a whole";
    using whole = new Deadline(
      this.#times.limit(peer, values),
      doing,
      signal ?? this.#options.peers.signal,
      "not done",
    );
    try {
      return await raceAbort(work(), whole.signal);
    } catch (error) {
      if (isTimeout(error)) this.#overran(peer, world.elapsed() - began);
      throw error;
    }
  }

  /** Told once, until an exchange with it has been done. */
  #tooFar(peer: string, { message }: LineTooSmallError): void {
    if (this.#unreached.has(peer)) return;
    this.#unreached.add(peer);
    this.#options.emit({ type: "warning", message: `averaging: ${message}`, peer });
  }

  #overran(peer: string, milliseconds: number): void {
    const rest = this.#times.overran(peer, milliseconds);
    if (rest === 0) return;
    const message = `averaging: what is begun with it is not done in time: it is left alone for ${
      Math.round(rest / 1000)
    } s`;
    this.#options.emit({ type: "warning", message, peer });
  }

  #exchanged(peer: string, initiator: boolean, cost: { bytes: number; milliseconds: number }): void {
    this.#options.trust?.good(peer);
    this.#unreached.delete(peer);
    this.#times.took(peer, this.#required().length, cost.milliseconds);
    this.#options.emit({ type: "exchange", peer, initiator, round: this.#required().round, ...cost });
  }

  #blame(peer: string, doing: string, error: unknown): void {
    this.#options.emit({ type: "warning", message: `${doing}: ${messageOf(error)}`, peer });
    this.#noteOffence(peer, error);
    // one that does not answer would cost every later exchange the same wait: hang up, and call again until it does
    if (isTimeout(error)) this.#options.peers.drop(peer, error);
  }

  #required(): State {
    if (!this.state) throw new Error("averaging has no state yet: call averaging.initialise()");
    return this.state;
  }
}

function isTimeout(error: unknown): error is DOMException {
  return error instanceof DOMException && error.name === "TimeoutError";
}
