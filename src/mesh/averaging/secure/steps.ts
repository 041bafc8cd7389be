/**
 * Steps of averaging in which all who are there make one sum, of which each learns the whole and nobody a part.
 *
 * One of the members collects, another one in each step. Whoever comes to the step asks them in one order that all
 * have, from the one whose turn it is, until one takes it in or it is its own turn: it then waits for the others. A
 * step in which something goes wrong is void, and the vectors go into the next one's sum.
 *
 * @module
 */
import { messageOf } from "../../../core/errors.ts";
import { sleep } from "../../../core/deadline.ts";
import { world } from "../../../core/world.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { exchangeFailure } from "../failure.ts";
import { UnlikeError, UnsoundError } from "../_messages.ts";
import type { Snapshot } from "../state.ts";
import type { ExchangeResult, PlannedStep, Reach, StepResult, Steps } from "../steps.ts";
import { type Elsewhere, MovedError, VoidSumError } from "./_errors.ts";
import { follow, isToFollow } from "./_following.ts";
import { gather } from "./gathering.ts";
import { type Given, giveTo } from "./giving.ts";
import { Part } from "./part.ts";
import { type Missing, refusedText, tooFewText, tooLateText, turnText } from "./_reasons.ts";
import { RefusedSums } from "./refused_sums.ts";
import { rangeOf } from "./ring.ts";
import { quorum, type Roster, type RosterRules } from "./roster.ts";
import { SecureSide, type SecureSideOptions } from "./side.ts";
import { SumLimits, type SumSize } from "./_sum_limits.ts";
import { Session } from "./session.ts";

/** How often a collector that is in another training is asked again, in milliseconds. */
const LATER_DELAY = 500;

/** Sums in a row that a member did not come to, after which they begin without waiting for it. */
const MOST_MISSED = 2;

/** Options of {@linkcode SecureSteps}. */
export interface SecureStepsOptions extends SecureSideOptions {
  reach: Reach;
  consortium: string;
  /** All members now, this peer among them or not. */
  members: () => readonly string[];
}

/** What came of a step. */
type Outcome =
  | { members: readonly string[] }
  | { skipped: string }
  /** Where the one that was asked is, or where those are that this peer waited for. */
  | { elsewhere: Elsewhere; asked?: string };

/** Steps of sums. */
export class SecureSteps implements Steps {
  readonly side: SecureSide;
  readonly #options: SecureStepsOptions;
  readonly #self: string;
  readonly #missed = new Map<string, number>();
  readonly #refused: RefusedSums;
  readonly #limits: SumLimits;

  constructor(options: SecureStepsOptions) {
    this.#options = options;
    this.#self = options.signer.peerId;
    this.#limits = new SumLimits({ stepTimeout: options.stepTimeout ?? 30_000, self: this.#self });
    this.side = new SecureSide({ ...options, isPassedOver: (peer) => this.#limits.isPassedOver(peer) });
    this.#refused = new RefusedSums(this.#self);
  }

  initialise(vector: Float32Array, options: Parameters<Steps["initialise"]>[1]): void {
    this.#refused.forget();
    this.side.initialise(vector, options);
  }

  /** See {@linkcode Steps.takeOthers}. */
  takeOthers(): Snapshot | undefined {
    return this.#refused.takeOthers();
  }

  exchange(): Promise<ExchangeResult> {
    return Promise.resolve({ skipped: "weights are only given to the sums of steps (mesh.averaging.secure)" });
  }

  async step({ step, steps, end = steps, hasPassed = () => false, signal }: PlannedStep): Promise<StepResult> {
    const { state } = this.side;
    if (!state) throw new Error("averaging needs a state first: call initialise()");
    const own = state.snapshot();
    let target = Math.max(step, this.side.sitsOut ? step : this.side.reached + 1);
    if (target >= end) return { partners: [], skipped: "the sum of this training's last step is made" };
    const began = world.elapsed(), until = began + this.#options.patience;
    let isDone = false;
    let collector: string | undefined;
    const tried = new Set<string>();
    try {
      while (true) {
        const outcome = await this.#attempt({ step: target, collector, own, until, hasPassed, signal });
        isDone = "members" in outcome;
        if ("members" in outcome) return { partners: outcome.members.filter((peer) => peer !== this.#self) };
        if ("skipped" in outcome) return { partners: [], skipped: outcome.skipped };
        const next = follow(outcome.elsewhere, { self: this.#self, step: target, asked: outcome.asked, tried });
        if (world.elapsed() >= until || next.step >= end || next.step < target) {
          return { partners: [], skipped: tooLateText(step, world.elapsed() - began) };
        }
        if (next.waits) await sleep(LATER_DELAY, signal);
        if (next.step > target) tried.clear();
        if (next.collector !== undefined) tried.add(next.collector);
        [target, collector] = [next.step, next.collector];
      }
    } finally {
      // what somebody says of how far they are holds for one step, unless it was so
      this.side.endStep(isDone ? "made" : { step });
    }
  }

  /** Asks for a place in the sum of `step`, or collects it. */
  async #attempt(
    { step, collector: told, own, until, hasPassed, signal }: {
      step: number;
      /** Whom another member has named. */
      collector?: string;
      own: Snapshot;
      until: number;
      hasPassed: NonNullable<PlannedStep["hasPassed"]>;
      signal: AbortSignal;
    },
  ): Promise<Outcome> {
    const { reach, consortium, signer } = this.#options;
    if (reach.present().length === 0) return { skipped: "no member is connected" };
    let range: number;
    try {
      range = rangeOf(own.vector);
    } catch (error) {
      return { skipped: messageOf(error) };
    }
    const order = this.#inTurn(step), refused = this.#refused.said;
    const begin = async (collector: string) => {
      const attempt = this.side.attempt(consortium, step, collector);
      return { attempt, part: await Part.begin(attempt, { mass: own.mass, range, refused }, signer) };
    };
    const before = order.slice(0, order.indexOf(this.#self)).filter((peer) => peer !== told);
    for (const collector of told === undefined ? before : [told, ...before]) {
      if (!reach.present().includes(collector) || reach.isLeaving(collector)) continue;
      if (collector !== told && this.#limits.isPassedOver(collector)) continue;
      const { attempt, part } = await begin(collector);
      this.side.beginStep(step, { collector });
      const outcome = await this.#giveTo(collector, { attempt, part, own, until, signal });
      if ("failure" in outcome) {
        if (!outcome.isVoid) continue;
        return { skipped: `${turnText(collector, { order, self: this.#self })}: ${outcome.failure}` };
      }
      if (outcome.state === "closed" && isToFollow(outcome, step)) return { elsewhere: outcome, asked: collector };
      if (outcome.state !== "done") continue;
      const taken = this.#take(step, { own, ...outcome });
      if ("members" in taken) reach.exchanged({ partner: collector, ...outcome.cost });
      return taken;
    }
    const { attempt, part } = await begin(this.#self);
    return await this.#collect(new Session(attempt, order), { part, own, until, hasPassed, signal });
  }

  async #giveTo(
    collector: string,
    { attempt, part, own, until, signal }: Pick<Parameters<typeof giveTo>[1], "attempt" | "part" | "own"> & {
      until: number;
      signal: AbortSignal;
    },
  ): Promise<Given | { failure: string; isVoid: boolean }> {
    const { reach, audit = () => {}, stepTimeout = 30_000, patience, signer } = this.#options;
    let size: SumSize = { ...attempt, members: 0 };
    const longest = (members: number) => this.#limits.longest(size = { ...attempt, members });
    const options = { audit, stepTimeout, patience, signer, signal, rules: this.#rules(), longest };
    while (true) {
      try {
        const giving = (channel: FrameChannel) => giveTo(channel, { attempt, part, own }, options);
        const given = await reach.open(collector, giving, signal);
        if (given.state === "done") this.#limits.took(size, given.cost.milliseconds);
        if (given.state !== "later" || world.elapsed() >= until) return given;
        await sleep(LATER_DELAY, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof VoidSumError)) reach.blame(collector, error);
        if (exchangeFailure(error) === "timeout") this.#limits.givenUp(size, { isBegun: part.isUsedUp });
        // what was masked once goes into no other sum of this step
        return { failure: messageOf(error), isVoid: error instanceof VoidSumError || part.isUsedUp };
      }
    }
  }

  async #collect(
    session: Session,
    { part, own, until, hasPassed, signal }: {
      part: Part;
      own: Snapshot;
      until: number;
      hasPassed: NonNullable<PlannedStep["hasPassed"]>;
      signal: AbortSignal;
    },
  ): Promise<Outcome> {
    const { reach, stepTimeout = 30_000 } = this.#options;
    const { order, attempt: { step } } = session, began = world.elapsed();
    session.join(part.entry);
    this.side.beginStep(step, { session, collector: this.#self });
    try {
      const rules = this.#rules();
      const isOver = (peer: string) => hasPassed(peer, step);
      const expected = () => this.#expected(reach.present().filter((peer) => !isOver(peer)), rules.least);
      const isPassedOver = (peer: string) => this.#limits.isPassedOver(peer);
      const gathering = { reach, expected, least: rules.least, isPassedOver, until, stepTimeout, signal };
      const came = await gather(session, gathering);
      const willing = came.filter(({ peer }) => !this.#limits.goesWithout(peer));
      const members = willing.length < rules.least ? came : willing;
      this.#note(came.map(({ peer }) => peer), (peer) => isOver(peer) || session.away.has(peer));
      if (members.length < rules.least) {
        const present = reach.present();
        const missing = order.filter((peer) => !session.joined.includes(peer)).map((peer): Missing => ({
          ...{ peer, isPresent: present.includes(peer), isLeaving: reach.isLeaving(peer), isOver: isOver(peer) },
          away: session.away.get(peer),
        }));
        const waited = world.elapsed() < until ? undefined : world.elapsed() - began;
        const figures = { step, came: members.length, least: rules.least, waited };
        throw new VoidSumError(tooFewText(missing, figures));
      }
      const sum = await this.#sum(session, { part, own, members, rules, signal });
      const outcome = this.#take(step, { own, ...sum });
      session.isTaken = "members" in outcome;
      await session.served(signal);
      return outcome;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof MovedError) {
        this.side.beginStep(error.elsewhere.step, error.elsewhere);
        return { elsewhere: error.elsewhere };
      }
      session.fail(error instanceof VoidSumError ? error : new VoidSumError(messageOf(error)));
      return { skipped: `${turnText(this.#self, { order, self: this.#self })}: ${messageOf(error)}` };
    } finally {
      this.side.endSession();
    }
  }

  /** What those come to who have come, within what that may take. */
  async #sum(
    session: Session,
    given: Omit<Parameters<SecureSide["collect"]>[1], "longest">,
  ): Promise<Awaited<ReturnType<SecureSide["collect"]>>> {
    const size: SumSize = { ...session.attempt, members: given.members.length };
    const began = world.elapsed(), longest = this.#limits.longest(size);
    try {
      const sum = await this.side.collect(session, { ...given, longest });
      this.#limits.took(size, world.elapsed() - began);
      this.#limits.gave(given.members.map(({ peer }) => peer));
      return sum;
    } catch (error) {
      if (error instanceof VoidSumError) this.#limits.gaveNothing(error.missing);
      if (world.elapsed() - began >= longest) this.#limits.givenUp(size, { isBegun: true });
      throw error;
    }
  }

  /** Takes what all have come to, unless it cannot be of this training: whose part that is shows in the next sum. */
  #take(
    step: number,
    { own, mean, roster }: { own: Snapshot; mean: Float32Array<ArrayBuffer>; roster: Roster },
  ): Outcome {
    const { reach } = this.#options;
    try {
      this.side.take(mean, own);
      this.#refused.add({ step, roster, own, mean }, { isTaken: true });
      return { members: roster.members.map(({ peer }) => peer) };
    } catch (error) {
      if (!(error instanceof UnsoundError || error instanceof RangeError)) throw error;
      const astray = this.#refused.add({ step, roster, own, mean }, { isTaken: false });
      const [members, self] = [roster.members.length, this.#self];
      const message = `averaging: ${refusedText(messageOf(error), { members, astray, self })}`;
      if (astray === undefined || astray === self) reach.warn(message);
      else reach.blame(astray, new UnlikeError("its weights are far from those of all others in two secure sums"));
      return { skipped: message };
    }
  }

  #rules(): Omit<RosterRules, "own"> {
    const belongs = new Set([...this.#options.members(), this.#self]);
    return { belongs, least: quorum(belongs.size) };
  }

  /** All members, from the one whose turn it is. */
  #inTurn(step: number): string[] {
    const all = [...this.#rules().belongs].sort();
    const first = step % all.length;
    return [...all.slice(first), ...all.slice(0, first)];
  }

  /** Who of those that may come is waited for: whoever misses sums is not, where there are enough without. */
  #expected(present: readonly string[], least: number): string[] {
    const staying = present.filter((peer) => !this.#options.reach.isLeaving(peer));
    const punctual = staying.filter((peer) => (this.#missed.get(peer) ?? 0) < MOST_MISSED);
    return punctual.length + 1 < least ? staying : punctual;
  }

  #note(joined: readonly string[], isOver: (peer: string) => boolean): void {
    for (const peer of this.#rules().belongs) {
      if (peer !== this.#self && isOver(peer)) continue;
      this.#missed.set(peer, joined.includes(peer) ? 0 : (this.#missed.get(peer) ?? 0) + 1);
    }
  }
}
