/**
 * Steps of averaging over two-way links: who is asked in which order, again when they are busy, and who stands in for
 * whom.
 *
 * @module
 */
import { messageOf } from "../../../core/errors.ts";
import { Deadline, sleep } from "../../../core/deadline.ts";
import { world } from "../../../core/world.ts";
import { busyDelay, partnerOrder } from "../partners.ts";
import type { Exchanged, ExchangeResult, PlannedStep, Reach, StepResult, Steps } from "../steps.ts";
import { BusyPartners } from "./_busy.ts";
import { Patience } from "./patience.ts";
import { type AskOptions, TwoWaySide, type TwoWaySideOptions } from "./side.ts";

/** Times that everybody is asked before an exchange is skipped because all are busy. */
const BUSY_ATTEMPTS = 8;
/** Failed exchanges with one planned partner before a step goes on without it. */
const MOST_FAILURES = 2;
/** How often it is looked whether it is there again, in milliseconds. */
const RECONNECTED_DELAY = 100;
/** How often one that is waited for is asked again, in milliseconds: it may have left, or gone on without this peer. */
const EXPECTED_DELAY = 1_000;

/** The longest wait for an exchange that others have begun, in milliseconds, where nothing else is said. */
const IDLE_TIME = 30_000;

const OCCUPIED = "an exchange that a member began is still under way";

/** What came of asking a member. */
type Asked =
  | { exchanged: Exchanged }
  | { state: "busy" | "later" | "met" }
  | { state: "elsewhere" | "failed" | "occupied"; failure: string };

/** Options of {@linkcode TwoWaySteps}. */
export interface TwoWayStepsOptions extends TwoWaySideOptions {
  reach: Reach;
  /** How long a planned partner that has not come to a step yet is waited for at most, in milliseconds. */
  patience: number;
}

/** Steps of exchanges. */
export class TwoWaySteps implements Steps {
  readonly side: TwoWaySide;
  readonly #reach: Reach;
  readonly #patience: Patience;
  readonly #busy = new BusyPartners();
  readonly #idleTime: number;

  constructor({ reach, patience, ...options }: TwoWayStepsOptions) {
    this.#reach = reach;
    this.#patience = new Patience({ most: patience });
    this.#idleTime = options.stepTimeout ?? IDLE_TIME;
    this.side = new TwoWaySide(options);
  }

  initialise(vector: Float32Array, options: Parameters<Steps["initialise"]>[1]): void {
    this.side.initialise(vector, options);
  }

  async exchange(exclude: ReadonlySet<string>, signal: AbortSignal): Promise<ExchangeResult> {
    const { rng } = this.#reach;
    const out = new Set(exclude);
    let failure: string | undefined;
    for (let attempt = 0; attempt < BUSY_ATTEMPTS; attempt++) {
      const present = this.#reach.present();
      if (present.length === 0) return { skipped: failure ?? "no member is connected" };
      const asked = present.filter((peer) => !out.has(peer));
      if (asked.length === 0) return { skipped: failure ?? "every connected member is excluded" };
      for (const partner of this.#inOrder(asked)) {
        const outcome = await this.#ask(partner, { signal });
        if ("exchanged" in outcome) return outcome.exchanged;
        if (!("failure" in outcome)) continue;
        if (outcome.state === "occupied") return { skipped: outcome.failure };
        out.add(partner);
        failure = outcome.failure;
      }
      await sleep(busyDelay(attempt, rng), signal);
    }
    return { skipped: "every connected member is busy" };
  }

  async step({ step, steps, plan, signal }: PlannedStep): Promise<StepResult> {
    if (!await this.#isIdle(signal)) {
      return { partners: [], skipped: OCCUPIED };
    }
    this.side.beginStep(step, new Map(plan.partners.map(({ peer, weight }) => [peer, weight])));
    this.#patience.begin(this.side.progress.left);
    let failure = await this.#meetPlanned(signal);
    for (let missing = this.side.progress.left.length; missing > 0; missing--) {
      const { met } = this.side.progress;
      const outcome = await this.exchange(new Set(met), signal);
      if ("partner" in outcome) continue;
      failure ??= outcome.skipped;
      break;
    }
    const { met: partners } = this.side.progress;
    this.#patience.end();
    const { refused, tooFew } = await this.side.endStep(steps);
    for (const peer of this.#busy.endStep(partners)) {
      const told = "averaging: it was busy whenever it was asked, for several steps: others are asked in its place";
      this.#reach.warn(told, peer);
    }
    for (const { peer, reason } of refused) this.#reach.warn(`averaging: its weights are refused: ${reason}`, peer);
    if (tooFew) this.#reach.warn(`averaging: too few for the rule, ${tooFew} vector(s) came; this step keeps its own`);
    return { partners, skipped: failure };
  }

  /**
   * Asks the planned partners, and waits for those that are about to come to this step; not for longer than the
   * patience with each.
   */
  async #meetPlanned(signal: AbortSignal): Promise<string | undefined> {
    const { rng } = this.#reach;
    const failures = new Map<string, number>();
    let failure: string | undefined;
    for (let attempt = 0;;) {
      const unmet = this.side.progress.left;
      this.#patience.allBut(unmet);
      if (attempt >= BUSY_ATTEMPTS && this.#patience.left(unmet) === 0) break;
      const present = new Set(this.#reach.present());
      const hopeful = unmet.filter((peer) =>
        (failures.get(peer) ?? 0) < MOST_FAILURES && !this.#reach.isLeaving(peer) &&
        (attempt === 0 || !this.#busy.isPassedOver(peer))
      );
      const asked = hopeful.filter((peer) => present.has(peer));
      if (asked.length === 0) {
        // a line that was cut comes back as a rule, and the transfer goes on where it was
        const left = this.#patience.left(hopeful);
        if (left === 0 || !hopeful.some((peer) => failures.has(peer))) break;
        await sleep(Math.min(left, RECONNECTED_DELAY), signal);
        continue;
      }
      const expected: string[] = [];
      for (const partner of partnerOrder(asked, rng)) {
        const askedAt = world.elapsed();
        const patient = this.#patience.left([partner]) > 0;
        const outcome = await this.#ask(partner, { signal, planned: true, patient });
        if ("exchanged" in outcome) this.#patience.came(partner, askedAt);
        else if (outcome.state === "later") {
          this.#patience.expect(partner);
          expected.push(partner);
        }
        if (!("failure" in outcome)) continue;
        if (outcome.state === "occupied") return outcome.failure;
        const isElsewhere = outcome.state === "elsewhere"; // and will be for longer than a step takes
        failures.set(partner, isElsewhere ? MOST_FAILURES : (failures.get(partner) ?? 0) + 1);
        failure = outcome.failure;
      }
      if (expected.length > 0) await this.#expect(Math.min(this.#patience.left(expected), EXPECTED_DELAY), signal);
      else await sleep(busyDelay(attempt++, rng), signal);
    }
    this.#patience.allBut(this.side.progress.left);
    return failure;
  }

  /** Those to ask, at random, those last that are always busy. */
  #inOrder(asked: readonly string[]): string[] {
    const order = partnerOrder(asked, this.#reach.rng);
    const isLast = (peer: string) => this.#busy.isPassedOver(peer);
    return [...order.filter((peer) => !isLast(peer)), ...order.filter(isLast)];
  }

  /** Until somebody has come and been served, or for `milliseconds`. */
  async #expect(milliseconds: number, signal: AbortSignal): Promise<void> {
    using limit = new Deadline(Math.max(milliseconds, 0), "waiting for planned partners", signal);
    await this.side.next(limit.signal).catch(() => signal.throwIfAborted());
  }

  /** Waits until no exchange is under way, but not for ever: others may begin one after another. */
  async #isIdle(signal: AbortSignal): Promise<boolean> {
    using limit = new Deadline(this.#idleTime, "waiting for an exchange under way", signal);
    const isIdle = await this.side.idle(limit.signal).then(() => true, () => false);
    signal.throwIfAborted();
    return isIdle;
  }

  /** Asks one that may have asked itself meanwhile. */
  async #ask(
    partner: string,
    options: AskOptions & { signal: AbortSignal },
  ): Promise<Asked> {
    const { signal } = options;
    if (!await this.#isIdle(signal)) return { state: "occupied", failure: OCCUPIED };
    const began = world.elapsed();
    try {
      return await this.#reach.use(partner, async (channel) => {
        const { state } = await this.side.exchange(channel, partner, options);
        if (state === "elsewhere") return { state, failure: `${partner}: it is in another training` };
        if (state === "busy") this.#busy.note(partner);
        if (state !== "done") return { state };
        const exchanged = { partner, bytes: channel.bytes, milliseconds: world.elapsed() - began };
        this.#reach.exchanged(exchanged);
        return { exchanged };
      }, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#reach.blame(partner, error);
      return { state: "failed", failure: `${partner}: ${messageOf(error)}` };
    }
  }
}
