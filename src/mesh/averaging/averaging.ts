/**
 * Averaging as a peer uses it: steps of a planned topology, with the consortium's compressor and rule, and late peers'
 * beginnings.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { AnySignal } from "../../core/deadline.ts";
import { world } from "../../core/world.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { KeptPieces } from "../protocols/kept_pieces.ts";
import type { ChannelHandler } from "../protocols/peers.ts";
import { aggregationRules } from "./aggregation/rules.ts";
import { vectorLayout } from "./compression/compressor.ts";
import { compressors } from "./compression/compressors.ts";
import { DEFAULT_LINKS } from "./compression/links.ts";
import type { FetchStateOptions, LateState } from "./late_state.ts";
import { WayBack, whyNotOf } from "./judging/way_back.ts";
import { MemberReach } from "./member_reach.ts";
import type { AveragingOptions, ComeBackOptions, ExchangeOptions, InitialiseOptions } from "./options.ts";
import { judgeOf, othersOf } from "./trust.ts";
import { ExchangeRefusedError, RefusedRequestError, UnlikeError } from "./_messages.ts";
import { OneWaySteps } from "./one_way/steps.ts";
import { PartnerTimes } from "./partner_times.ts";
import { partnerOrder, planStep } from "./partners.ts";
import { SecureSteps, type SecureStepsOptions } from "./secure/steps.ts";
import { AVERAGE_PROTOCOL, AverageServer, FETCHED_VALUES, type InTime } from "./server.ts";
import { checkAveraging } from "./settings.ts";
import type { Snapshot, State } from "./state.ts";
import type { ExchangeResult, StepOptions, StepResult, Steps } from "./steps.ts";
import { topologies } from "./topologies/topologies.ts";
import type { Topology } from "./topologies/topology.ts";
import { TwoWaySteps } from "./two_way/steps.ts";

/** The most partners that a peer keeps vectors of, whatever the topology. */
const MOST_NEIGHBOURS = 64;

/** Averaging of one flat vector with the members that are there. */
export class Averaging {
  readonly #options: AveragingOptions;
  readonly #reach: MemberReach;
  readonly #topology: Topology;
  readonly #steps: Steps;
  readonly #server: AverageServer;
  readonly #times: PartnerTimes;
  readonly #wayBack = new WayBack();
  /** The members that the settings were checked for last, and what speaks against them. */
  #checked: { members: number; refusal?: string } | undefined;
  /** Members that were told of as asking for what is not averaged here. */
  readonly #refused = new Set<string>();

  /** No state yet: see {@linkcode Averaging.initialise}. */
  constructor(options: AveragingOptions) {
    const { averaging, stepTimeout, audit, patience, kept = new KeptPieces() } = options;
    const { times = new PartnerTimes({ floor: stepTimeout }) } = options;
    this.#options = options;
    this.#times = times;
    this.#topology = topologies.named(averaging.topology);
    const resumes = this.#topology.links === "two-way";
    const reach = this.#reach = new MemberReach({ ...options, times, resumes, state: () => this.#required() });
    const waits = this.#topology.plansOver === "members";
    const transfer = { compressor: compressors.named(averaging.compression), stepTimeout, audit, kept };
    const judge = judgeOf(options);
    const members = new Set([...options.members(), options.identity.peerId]).size;
    const { most } = this.#topology.partners(members, averaging.degree);
    const neighbours = Math.min(MOST_NEIGHBOURS, Math.max(DEFAULT_LINKS, most));
    const rule = aggregationRules.named(averaging.rule);
    this.#steps = averaging.secure
      ? new SecureSteps({ ...transfer, judge, reach, ...this.#inSums() })
      : this.#topology.links === "one-way"
      ? new OneWaySteps({ ...transfer, judge, reach, others: () => othersOf(options).length })
      : new TwoWaySteps({ ...transfer, judge, reach, neighbours, rule, patience: waits ? patience : 0 });
    const inTime: InTime = (peer, values, work) => reach.inTime(peer, values, work);
    this.#server = new AverageServer(this.#steps.side, { stepTimeout, audit, kept, inTime });
  }

  /** The state, once there is one. */
  get state(): State | undefined {
    return this.#steps.side.state;
  }

  /** Whether others see this site's weights in sums only, which show the more of theirs the less it adds to them. */
  get sumsOnly(): boolean {
    return this.#options.averaging.secure;
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
  async step({ signal, ...options }: StepOptions): Promise<StepResult> {
    this.#required();
    using either = new AnySignal(signal, this.#options.peers.signal);
    const { identity: { peerId: self }, consortium, peers, averaging: { degree } } = this.#options;
    const members = this.#options.members();
    const refusal = this.#whyNotAmong(members);
    if (refusal) return { partners: [], skipped: refusal };
    const present = peers.present();
    const { step } = options;
    const plan = planStep({ self, members, present, topology: this.#topology, degree, consortium, step });
    const { partners, skipped } = await this.#steps.step({ ...options, plan, signal: either.signal });
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
          this.#reach.inTime(
            peer,
            FETCHED_VALUES * values,
            () => this.#server.fetch(channel, expected, signal),
            signal,
          );
        const state = await this.#reach.stream(peer, fetching, { signal, resumes: true });
        const reason = state && whyNot?.(state, peer);
        if (reason !== undefined) throw new ExchangeRefusedError(`its state is refused: ${reason}`);
        if (state) return state;
      } catch (error) {
        signal?.throwIfAborted();
        this.#reach.blameFor(peer, "taking a state", error);
      }
    }
    return undefined;
  }

  /**
   * The state of a member to go on from, where this peer has come to be far from members that agree with each other
   * (`judging/way_back.ts`), or the others' mean, where secure sums have shown it (`secure/refused_sums.ts`); to be asked
   * once a round. `undefined` where it need not, or none of them has one to give.
   */
  async comeBack(
    { signal, sketchOf, ...seen }: ComeBackOptions,
  ): Promise<LateState | undefined> {
    const { layout, length, moved } = this.#required();
    const others = this.#steps.takeOthers?.();
    if (others) return others;
    const { lossless } = compressors.named(this.#options.averaging.compression);
    const view = { ...seen, others: othersOf(this.#options).length, moved, lossless };
    const group = this.#wayBack.look(view);
    if (!group) return undefined;
    const state = await this.fetch(layout, length, {
      signal,
      from: group.map(({ peer }) => peer),
      whyNot: ({ vector }, peer) => whyNotOf({ peer, sketch: sketchOf(vector) }, group, view),
    });
    if (state) this.#wayBack.done();
    return state;
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
    const refused = this.#reach.whyNoMore(peer);
    if (refused !== undefined) {
      this.#reach.noteOffence(peer, new UnlikeError(refused));
      return await channel.sendMessage({ type: "refused", reason: refused }, signal);
    }
    const done = await this.#server.answer(channel, peer, signal).catch((error) => {
      this.#reach.noteOffence(peer, error);
      // it may ask again and again: a throw is a warning each time
      if (error instanceof RefusedRequestError && this.#refused.has(peer)) return undefined;
      if (error instanceof RefusedRequestError) this.#refused.add(peer);
      throw error;
    });
    if (!done) return;
    this.#reach.noteExchange(peer, false, { bytes: channel.bytes, milliseconds: world.elapsed() - began });
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

  /** What secure sums work with, beside all else. */
  #inSums(): Pick<SecureStepsOptions, "signer" | "consortium" | "members" | "patience"> {
    const { identity: { peerId, privateKey }, consortium, members, patience } = this.#options;
    if (!privateKey) throw new Error("secure sums need the identity's private key");
    return { signer: { peerId, privateKey }, consortium, members, patience };
  }

  #required(): State {
    if (!this.state) throw new Error("averaging has no state yet: call averaging.initialise()");
    return this.state;
  }
}
