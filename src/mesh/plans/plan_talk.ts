/**
 * How members come to one plan with no server: each says one thing, signed, all pass on what was said, and whoever holds
 * the same statements comes to the same plan by itself.
 *
 * It is fixed when all members have said something, when one gives a plan, or, after a time, by those that are there and
 * hold the same statements. From then on it is passed on with the statements that it follows from, its basis, so that
 * whoever comes late computes it again before it goes by it. Both sides of a stream of {@linkcode PLAN_PROTOCOL} give all
 * that they hold, then take what the other does.
 *
 * @module
 */
import canonicalize from "canonicalize";
import * as v from "valibot";
import { Deadline, raceAbort } from "../../core/deadline.ts";
import { sha256Hex } from "../../core/digest.ts";
import { messageOf } from "../../core/errors.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { ChannelHandler, Peers } from "../protocols/peers.ts";
import type { Audit } from "../protocols/traffic.ts";
import { isSaid, type Statement, statementSchema } from "./statement.ts";

/** The protocol's name. */
export const PLAN_PROTOCOL = "/syncytium/plan/1";

/** As many statements as a member may pass on. */
const MOST_STATEMENTS = 1_000;

/** Longest wait for the members to take a plan that was just fixed, in milliseconds. */
const TELLING_TIMEOUT = 5_000;

const peerIds = v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(MOST_STATEMENTS));
const openingSchema = v.strictObject({
  type: v.literal("plan"),
  statements: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_STATEMENTS)),
  fixed: v.optional(v.strictObject({ plan: v.unknown(), basis: peerIds })),
});

const LINK = { protocol: PLAN_PROTOCOL, kind: "control" } as const;

/** A plan, and the statements that it follows from. */
export interface FixedPlan {
  readonly plan: unknown;
  readonly basis: readonly Statement[];
}

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
  /** Keeps the plan, before anybody goes by it. */
  keep: (fixed: FixedPlan) => Promise<void>;
}

/** What of a running mesh it is connected to. */
export interface PlanLink {
  peers: Pick<Peers, "present" | "use" | "signal">;
  /** The peer ids of all members but this one. */
  others: () => readonly string[];
  audit: Audit;
  /** Longest wait for the other side of a swap, in milliseconds. */
  stepTimeout: number;
  warn: (message: string, peer?: string) => void;
  debug: (line: string) => void;
}

/** What this member says and has heard towards the plan. */
export class PlanTalk {
  /** Resolves with the plan once it is kept; rejects where there is none. */
  readonly settled: Promise<FixedPlan>;
  readonly #options: PlanTalkOptions;
  readonly #settling = Promise.withResolvers<FixedPlan>();
  readonly #statements = new Map<string, Statement>();
  #link: PlanLink | undefined;
  #fixed: FixedPlan | undefined;
  #isFixing = false;
  #isImpatient = false;
  /** What both sides held after the last swap with each. */
  readonly #inStep = new Map<string, string>();
  /** Swaps under way, and whether another is due after it. */
  readonly #swaps = new Map<string, { task: Promise<void>; again: boolean }>();
  readonly #silent = new Set<string>();
  /** To whom this site's statement has gone. */
  readonly #given = new Set<string>();
  readonly #blamed = new Set<string>();

  /** Nothing is said before {@linkcode PlanTalk.connect}. */
  constructor(options: PlanTalkOptions) {
    this.#options = options;
    this.#fixed = options.fixed;
    for (const statement of [options.own, ...options.fixed?.basis ?? []]) {
      this.#statements.set(statement.peer, statement);
    }
    this.settled = this.#settling.promise;
    this.settled.catch(() => {}); // whoever does not wait for it is not concerned
    if (options.fixed) this.#settling.resolve(options.fixed);
  }

  /** A mesh begins: what it is told of goes over it from now on. */
  connect(link: PlanLink): void {
    this.#link = link;
    this.#consider();
  }

  /** What the node serves. */
  handlers(): Record<string, ChannelHandler> {
    const serve: ChannelHandler["serve"] = (channel, peer, signal) => this.swap(channel, peer, signal);
    return { [PLAN_PROTOCOL]: { kind: "control", doing: "planning together", serve } };
  }

  /** A member came. */
  joined(peer: string): void {
    this.#silent.delete(peer);
    this.#swapWith(peer);
  }

  /** What has been said so far, by this site, too. */
  statements(): Statement[] {
    return [...this.#statements.values()];
  }

  /** From now on, those that are there are enough. */
  waitNoLonger(): void {
    this.#isImpatient = true;
    this.#consider();
  }

  /** Resolves when no swap is under way. */
  async stop(): Promise<void> {
    await Promise.all([...this.#swaps.values()].map(({ task }) => task));
  }

  /** Gives the members that are there the plan; does not wait for one that does not take it soon. Never throws. */
  async tell(): Promise<void> {
    this.#swapWithAll();
    using limit = new Deadline(TELLING_TIMEOUT, "telling the plan to the members");
    await raceAbort(this.stop(), limit.signal).catch((error) => this.#link?.debug(messageOf(error)));
  }

  /** Both sides of a stream run this. */
  async swap(channel: FrameChannel, peer: string, signal?: AbortSignal): Promise<void> {
    const { stepTimeout } = this.#connected();
    using limit = new Deadline(stepTimeout, "waiting for what it says", signal);
    const sent = this.#fixed?.basis ?? this.statements();
    // both at a time: what is given may be more than a stream holds that nobody reads
    const [, { statements, fixed }] = await Promise.all([
      this.#give(channel, peer, sent, limit.signal),
      receiveAll(channel, limit.signal),
    ]);
    const before = this.#digest();
    for (const statement of statements) await this.#take(statement, peer);
    this.#inStep.set(peer, digestOf(new Map([...sent, ...statements].map((one) => [one.peer, one])).values()));
    if (fixed) await this.#goBy(peer, fixed, statements);
    if (this.#digest() !== before) this.#swapWithAll(peer);
    this.#consider();
  }

  async #give(channel: FrameChannel, peer: string, statements: readonly Statement[], signal: AbortSignal) {
    const { own, disclosesData } = this.#options;
    const discloses = statements.some(({ peer, says }) => peer === own.peer && disclosesData(says));
    if (discloses && !this.#given.has(peer)) {
      const text = canonicalize(own.says)!;
      const bytes = new TextEncoder().encode(text).length;
      const digest = await sha256Hex(text);
      await this.#connected().audit({ time: Date.now(), kind: "fingerprint", peer, round: 0, bytes, digest });
      this.#given.add(peer);
    }
    const fixed = this.#fixed && { plan: this.#fixed.plan, basis: this.#fixed.basis.map(({ peer }) => peer) };
    await channel.sendMessage({ type: "plan", statements: statements.length, ...(fixed && { fixed }) }, signal);
    for (const statement of statements) await channel.sendMessage(statement, signal);
  }

  /** @param from who passes it on */
  async #take(statement: Statement, from: string): Promise<void> {
    const { consortium, check, own } = this.#options;
    const { peer, says } = statement;
    const known = this.#statements.get(peer);
    if (known?.signature === statement.signature && canonicalize(known.says) === canonicalize(says)) return;
    if (peer !== own.peer && !this.#connected().others().includes(peer)) {
      return this.#blame(from, `it passes on what ${peer} said towards the plan, which is no member`);
    }
    if (!await isSaid(statement, consortium)) {
      return this.#blame(from, `what it passes on towards the plan as said by ${peer} is not signed by that member`);
    }
    try {
      check(says);
    } catch (error) {
      return this.#blame(peer, `what it says towards the plan is refused: ${messageOf(error)}`);
    }
    const now = this.#statements.get(peer);
    if (now && canonicalize(now.says)! <= canonicalize(says)!) return;
    if (now) this.#blame(peer, "it has said two things towards the plan: all take the same of them");
    this.#statements.set(peer, statement);
  }

  /** A member has a plan: this site takes it over, if it follows from what members have said. */
  async #goBy(peer: string, { plan, basis }: { plan: unknown; basis: readonly string[] }, all: readonly Statement[]) {
    if (this.#fixed) {
      if (canonicalize(plan) !== canonicalize(this.#fixed.plan)) {
        this.#blame(
          peer,
          "it goes by another plan than this site: delete plan.json at the sites that are to plan anew",
        );
      }
      return;
    }
    const held = basis.map((site) => all.find((statement) => statement.peer === site));
    const isHeld = (statement?: Statement): statement is Statement =>
      statement !== undefined && this.#statements.get(statement.peer)?.signature === statement.signature;
    const statements = held.filter(isHeld);
    const isSound = statements.length === basis.length && canonicalize(this.#planOf(statements)) === canonicalize(plan);
    if (!isSound) return this.#blame(peer, "the plan that it goes by does not follow from what members have said");
    await this.#fix({ plan, basis: statements });
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
    if (!this.#link || this.#fixed || this.#isFixing) return;
    const { planOf, givesPlan } = this.#options;
    const basis = this.statements();
    const isComplete = this.#link.others().every((peer) => this.#statements.has(peer));
    const isGiven = basis.some(({ says }) => givesPlan(says));
    if (!isComplete && !isGiven && !(this.#isImpatient && basis.length > 1 && this.#areInStep())) return;
    try {
      void this.#fix({ plan: planOf(basis), basis }).catch(this.#settling.reject);
    } catch (error) {
      this.#settling.reject(error);
    }
  }

  #areInStep(): boolean {
    const present = this.#connected().peers.present().filter((peer) => !this.#silent.has(peer));
    return present.every((peer) => this.#inStep.get(peer) === this.#digest());
  }

  async #fix(fixed: FixedPlan): Promise<void> {
    if (this.#fixed || this.#isFixing) return;
    this.#isFixing = true;
    try {
      await this.#options.keep(fixed);
    } finally {
      this.#isFixing = false;
    }
    this.#fixed = fixed;
    this.#settling.resolve(fixed);
  }

  #swapWithAll(but?: string): void {
    for (const peer of this.#link?.peers.present() ?? []) if (peer !== but) this.#swapWith(peer);
  }

  #swapWith(peer: string): void {
    if (!this.#link || this.#silent.has(peer)) return;
    const { peers, debug } = this.#link;
    const running = this.#swaps.get(peer);
    if (running) {
      running.again = true;
      return;
    }
    const task = peers.use(peer, LINK, (channel) => this.swap(channel, peer, peers.signal)).catch((error) => {
      if (error instanceof Error && error.name === "UnsupportedProtocolError") this.#silent.add(peer);
      // that it came to nothing is no harm: the next meeting or statement tries again
      debug(`planning together with ${peer}: ${messageOf(error)}`);
    }).finally(() => {
      const isDue = this.#swaps.get(peer)?.again && !peers.signal.aborted;
      this.#swaps.delete(peer);
      if (isDue) this.#swapWith(peer);
      this.#consider();
    });
    this.#swaps.set(peer, { task, again: false });
  }

  #digest(): string {
    return digestOf(this.#statements.values());
  }

  #connected(): PlanLink {
    if (!this.#link) throw new Error("nobody is spoken to before a mesh is there");
    return this.#link;
  }

  #blame(peer: string, message: string): void {
    const what = `${peer} ${message}`;
    if (this.#blamed.has(what)) return;
    this.#blamed.add(what);
    this.#connected().warn(message, peer);
  }
}

function digestOf(statements: Iterable<Statement>): string {
  return [...statements].map(({ signature }) => signature).sort().join("\n");
}

async function receiveAll(channel: FrameChannel, signal: AbortSignal) {
  const { statements: count, fixed } = await channel.receiveMessage((value) => v.parse(openingSchema, value), signal);
  const statements: Statement[] = [];
  while (statements.length < count) {
    statements.push(await channel.receiveMessage((value) => v.parse(statementSchema, value), signal));
  }
  return { statements, fixed };
}
