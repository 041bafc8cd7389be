/**
 * How members come to one plan with no server: each says one thing, signed, all pass on what was said, and whoever holds
 * the same statements comes to the same plan by itself.
 *
 * It is fixed when all members have said something, when one gives a plan, or, after a time, by those that are there and
 * hold the same statements. From then on it is passed on with the statements that it follows from, its basis, so that
 * whoever comes late computes it again before it goes by it.
 *
 * @module
 */
import canonicalize from "canonicalize";
import { utf8 } from "../../core/bytes.ts";
import { Deadline, raceAbort } from "../../core/deadline.ts";
import { sha256Hex } from "../../core/digest.ts";
import { messageOf } from "../../core/errors.ts";
import { type Timer, world } from "../../core/world.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { ChannelHandler } from "../protocols/peers.ts";
import { type SwapLink, Swaps } from "../protocols/swaps.ts";
import type { Audit } from "../protocols/traffic.ts";
import { type FixedPlan, give, type Given, PLAN_PROTOCOL, receive } from "./protocol.ts";
import type { Statement } from "./statement.ts";
import { type Standing, Statements } from "./statements.ts";

/** Longest wait for the members to take a plan that was just fixed, in milliseconds. */
const TELLING_TIMEOUT = 5_000;

/** After how many milliseconds it is tried again to keep a plan. */
const KEEPING_INTERVAL = 5_000;

/** More statements than there are members may be passed on by one that has a newer charter, or an older plan. */
const SPARE_STATEMENTS = 32;

/** What {@linkcode PlanTalk} works with. */
export interface PlanTalkOptions {
  consortium: string;
  /** What this site says. */
  own: Statement;
  /** The plan that it has gone by before. @default none */
  fixed?: FixedPlan;
  /** Throws a clause if a member may not say that. */
  check: (says: unknown) => void;
  /** What follows from statements in whatever order, as JSON. */
  planOf: (basis: readonly Statement[]) => unknown;
  /** Whether a statement gives a plan, so that no other is waited for. */
  givesPlan: (says: unknown) => boolean;
  /** Whether a statement tells of the site's data, so that the audit log lists to whom it goes. */
  disclosesData: (says: unknown) => boolean;
  /** Keeps the plan, before anybody goes by it; tried again where it throws. */
  keep: (fixed: FixedPlan) => Promise<void>;
}

/** What of a running mesh it is connected to. */
export interface PlanLink extends SwapLink {
  /** The peer ids of all members but this one. */
  others: () => readonly string[];
  /** Whether `peer`, no member now, has been one. */
  wasMember: (peer: string) => boolean;
  audit: Audit;
  /** Longest wait for the other side of a swap, in milliseconds. */
  stepTimeout: number;
  warn: (message: string, peer?: string) => void;
}

/** What this member says and has heard towards the plan. */
export class PlanTalk {
  /** Resolves with the plan once it is kept; rejects where none follows from what was said. */
  readonly settled: Promise<FixedPlan>;
  readonly #options: PlanTalkOptions;
  readonly #settling = Promise.withResolvers<FixedPlan>();
  readonly #statements: Statements;
  readonly #swaps: Swaps;
  #link: PlanLink | undefined;
  #fixed: FixedPlan | undefined;
  #isFixing = false;
  /** Plans of others that are being looked at. */
  #offers = 0;
  #again: Timer | undefined;
  #isImpatient = false;
  /** There are others, or have been: one that is removed itself does not plan alone. */
  #hasOthers = false;
  /** The revision of the statements that each member was seen to hold last. */
  readonly #inStep = new Map<string, number>();
  /** To whom this site's statement has gone. */
  readonly #given = new Set<string>();
  readonly #blamed = new Set<string>();

  /** Nothing is said before {@linkcode PlanTalk.connect}. */
  constructor(options: PlanTalkOptions) {
    const { own, fixed } = this.#options = options;
    this.#fixed = fixed;
    this.#statements = new Statements({
      ...options,
      standing: (peer) => this.#standing(peer),
      blame: (peer, message, about) => this.#blame(peer, message, about),
    }, fixed?.basis.filter(({ peer }) => peer !== own.peer));
    this.#swaps = new Swaps({
      ...{ protocol: PLAN_PROTOCOL, doing: "planning together", link: () => this.#link },
      swap: (channel, peer, signal) => this.swap(channel, peer, signal),
      ended: () => this.#consider(),
    });
    this.settled = this.#settling.promise;
    this.settled.catch(() => {}); // whoever does not wait for it is not concerned
    if (fixed) this.#settling.resolve(fixed);
  }

  /** A mesh begins: what it is told of goes over it from now on. */
  connect(link: PlanLink): void {
    this.#link = link;
    this.#consider();
  }

  /** What the node serves. */
  handlers(): Record<string, ChannelHandler> {
    return this.#swaps.handlers();
  }

  /** A member came. */
  joined(peer: string): void {
    this.#swaps.joined(peer);
  }

  /** Others belong than before. */
  membersChanged(): void {
    if (!this.#link || this.#fixed) return;
    if (this.#statements.forgetFormer()) this.#swaps.beginAll();
    this.#consider();
  }

  /** What has been said so far, by this site, too. */
  statements(): Statement[] {
    return this.#statements.all();
  }

  /** From now on, those that are there are enough. */
  waitNoLonger(): void {
    this.#isImpatient = true;
    this.#consider();
  }

  /** Resolves when no swap is under way. */
  async stop(): Promise<void> {
    await this.#swaps.idle();
    this.#again?.cancel();
  }

  /** Gives the members that are there the plan; does not wait for one that does not take it soon. Never throws. */
  async tell(): Promise<void> {
    this.#swaps.beginAll();
    using limit = new Deadline(TELLING_TIMEOUT, "telling the plan to the members");
    await raceAbort(this.#swaps.idle(), limit.signal).catch((error) => this.#link?.debug(messageOf(error)));
  }

  /** Both sides of a stream run this. */
  async swap(channel: FrameChannel, peer: string, signal?: AbortSignal): Promise<void> {
    const { stepTimeout, others } = this.#connected();
    using limit = new Deadline(stepTimeout, "waiting for what it says", signal);
    const before = this.#statements.revision;
    const sent = this.#fixed?.basis ?? this.statements();
    const most = others().length + 1 + SPARE_STATEMENTS;
    // both at a time: what is given may be more than a stream holds that nobody reads
    const [, given] = await Promise.all([
      this.#give(channel, peer, sent, limit.signal),
      receive(channel, { most, signal: limit.signal }),
    ]);
    // what it says may complete what is held here, from which another plan than its own follows where members have left
    if (given.fixed) this.#offers++;
    try {
      await this.#hear(peer, given, before);
    } finally {
      if (given.fixed) this.#offers--;
    }
    this.#consider();
  }

  async #give(channel: FrameChannel, peer: string, statements: readonly Statement[], signal: AbortSignal) {
    const { own, disclosesData } = this.#options;
    const discloses = statements.some(({ peer, says }) => peer === own.peer && disclosesData(says));
    if (discloses && !this.#given.has(peer)) {
      const text = canonicalize(own.says)!;
      const bytes = utf8(text).length;
      const digest = await sha256Hex(text);
      await this.#connected().audit({ time: world.now(), kind: "fingerprint", peer, round: 0, bytes, digest });
      this.#given.add(peer);
    }
    await give(channel, { statements, fixed: this.#fixed }, signal);
  }

  /** @param before the revision of what it was given */
  async #hear(peer: string, { statements, fixed }: Given, before: number): Promise<void> {
    if (this.#fixed) return fixed && this.#compare(peer, fixed.plan);
    const taken = [];
    for (const statement of statements) taken.push(await this.#statements.take(statement, peer));
    const { revision } = this.#statements;
    const isNews = taken.includes("new");
    // nothing has come from elsewhere meanwhile, and it holds nothing that cannot be held here
    const isInStep = revision === before + taken.filter((one) => one === "new").length && !taken.includes("former");
    if (isInStep) this.#inStep.set(peer, revision);
    else this.#inStep.delete(peer);
    // as where both sides began one when they met, and heard of each other in the other one
    if (!isInStep && !taken.includes("former")) this.#swaps.begin(peer);
    if (fixed) await this.#goBy(peer, fixed, statements);
    if (isNews) this.#swaps.beginAll(peer);
  }

  #compare(peer: string, plan: unknown): void {
    if (canonicalize(plan) === canonicalize(this.#fixed!.plan)) return;
    this.#blame(peer, "it goes by another plan than this site: delete plan.json at the sites that are to plan anew");
  }

  /** A member has a plan: this site takes it over, if it follows from what members have said. */
  async #goBy(peer: string, { plan, basis }: NonNullable<Given["fixed"]>, all: readonly Statement[]): Promise<void> {
    const statements = basis.flatMap((site) => all.find((statement) => statement.peer === site) ?? []);
    const isSound = statements.length === basis.length && await this.#statements.areSound(statements, peer) &&
      canonicalize(this.#planOf(statements)) === canonicalize(plan);
    if (isSound) {
      await this.#fix({ plan, basis: statements });
      // another may have been fixed meanwhile
      return this.#fixed && this.#compare(peer, plan);
    }
    const message = "the plan that it goes by does not follow from what members have said, or not by this version of " +
      "the program";
    this.#blame(peer, message);
  }

  #planOf(basis: readonly Statement[]): unknown {
    try {
      return this.#options.planOf(basis);
    } catch (error) {
      this.#connected().debug(messageOf(error));
      return undefined;
    }
  }

  /** Fixes the plan if it is time. */
  #consider(): void {
    if (!this.#link || this.#fixed || this.#isFixing || this.#offers > 0) return;
    const { planOf, givesPlan } = this.#options;
    const basis = this.statements();
    const others = this.#link.others();
    this.#hasOthers ||= others.length > 0;
    const isAlone = this.#hasOthers && others.length === 0;
    const isComplete = !isAlone && others.every((peer) => this.#statements.has(peer));
    const isGiven = basis.some(({ says }) => givesPlan(says));
    if (!isComplete && !isGiven && !(this.#isImpatient && basis.length > 1 && this.#areInStep())) return;
    try {
      void this.#fix({ plan: planOf(basis), basis });
    } catch (error) {
      this.#settling.reject(error);
    }
  }

  /** Whether those that are there hold the same; one that cannot be spoken with is not waited for. */
  #areInStep(): boolean {
    return this.#swaps.answering().every((peer) => this.#inStep.get(peer) === this.#statements.revision);
  }

  async #fix(fixed: FixedPlan): Promise<void> {
    if (this.#fixed || this.#isFixing) return;
    this.#isFixing = true;
    try {
      await this.#options.keep(fixed);
    } catch (error) {
      return this.#fixLater(fixed, error);
    } finally {
      this.#isFixing = false;
    }
    this.#fixed = fixed;
    this.#settling.resolve(fixed);
  }

  /** A disk that is full now may not be so for ever. */
  #fixLater(fixed: FixedPlan, error: unknown): void {
    const told = `the plan cannot be kept, which is tried again: ${messageOf(error)}`;
    if (!this.#blamed.has(told)) this.#connected().warn(told);
    this.#blamed.add(told);
    this.#again?.cancel();
    this.#again = world.after(KEEPING_INTERVAL, () => void this.#fix(fixed));
  }

  #standing(peer: string): Standing {
    const { others, wasMember } = this.#connected();
    if (others().includes(peer)) return "member";
    return wasMember(peer) ? "former" : "stranger";
  }

  #connected(): PlanLink {
    if (!this.#link) throw new Error("nobody is spoken to before a mesh is there");
    return this.#link;
  }

  /** Once of each member and matter, so that whoever says ever new things fills neither log nor memory. */
  #blame(peer: string, message: string, about = message): void {
    const what = `${peer} ${about}`;
    if (this.#blamed.has(what)) return;
    this.#blamed.add(what);
    this.#connected().warn(message, peer);
  }
}
