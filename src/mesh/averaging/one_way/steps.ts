/**
 * Steps of averaging over one-way links: pushes to the planned receivers, or to others where those are away or busy.
 *
 * @module
 */
import { messageOf } from "../../../core/errors.ts";
import { world } from "../../../core/world.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { partnerOrder } from "../partners.ts";
import type { ExchangeResult, PlannedStep, Reach, StepResult, Steps } from "../steps.ts";
import { OneWaySide, type OneWaySideOptions } from "./side.ts";
import { OneWayState } from "./state.ts";

/** What a push gives away where no plan says. */
const UNPLANNED_PART = 1 / 2;

/** A push of less than this part of what is planned is not worth its bytes. */
const LEAST = 1 / 8;

/**
 * Steps in a row in which there was nothing to give and nothing came, after which a site takes up its mass again: where
 * a member is away, and where all are there, of whom one may be that much slower.
 */
const STARVED = { someAway: 8, allThere: 64 };

const NOTHING_LEFT = "what it holds of all masses is with others, until they give some back";

/** Told when a site takes up its mass again. */
export const RENEWED =
  "averaging: most of what this site held of all masses is with members that give nothing back: it takes up its own again";

/** Options of {@linkcode OneWaySteps}. */
export interface OneWayStepsOptions extends OneWaySideOptions {
  reach: Reach;
  /** How many other members there are, present or not. */
  others: () => number;
}

/** Steps of pushes. */
export class OneWaySteps implements Steps {
  readonly side: OneWaySide;
  readonly #reach: Reach;
  readonly #others: () => number;
  /** Steps in a row without anything to give or anything given. */
  #starved = 0;

  constructor({ reach, others, ...options }: OneWayStepsOptions) {
    this.#reach = reach;
    this.#others = others;
    this.side = new OneWaySide(options);
  }

  initialise(vector: Float32Array, { matrices, ...options }: Parameters<Steps["initialise"]>[1]): void {
    this.side.initialise(new OneWayState(vector, options), matrices);
  }

  async exchange(exclude: ReadonlySet<string>, signal: AbortSignal): Promise<ExchangeResult> {
    await this.#settle(signal);
    const part = this.#within(UNPLANNED_PART);
    return part === 0 ? { skipped: NOTHING_LEFT } : await this.#pushToAny(exclude, part, signal);
  }

  async step({ plan, signal }: PlannedStep): Promise<StepResult> {
    await this.#settle(signal);
    const given = new Set<string>();
    let failure: string | undefined;
    let rest = 1;
    for (const { peer, weight } of plan.receivers) {
      const part = this.#within(weight / rest);
      if (part === 0) {
        failure = NOTHING_LEFT;
        continue;
      }
      const outcome = await this.#push(peer, part, signal);
      const done = "partner" in outcome ? outcome : await this.#pushToAny(new Set([...given, peer]), part, signal);
      if ("partner" in done) {
        given.add(done.partner);
        rest -= weight;
      } else failure = "skipped" in outcome ? outcome.skipped : done.skipped;
    }
    const partners = [...new Set([...given, ...this.side.takeGivers()])];
    this.#note(partners.length === 0 && failure === NOTHING_LEFT);
    return { partners, skipped: failure };
  }

  /** As much of `part` as leaves the site its share; 0 where that is hardly anything. */
  #within(part: number): number {
    const most = Math.min(part, this.side.state?.spare ?? 0);
    return most < LEAST * part ? 0 : most;
  }

  #note(isStarved: boolean): void {
    this.#starved = isStarved ? this.#starved + 1 : 0;
    const isSomeAway = this.#reach.present().length < this.#others();
    if (this.#starved < (isSomeAway ? STARVED.someAway : STARVED.allThere)) return;
    this.#starved = 0;
    this.side.state?.renew();
    this.#reach.warn(RENEWED);
  }

  /** Asks after the shares that may have been lost. */
  async #settle(signal: AbortSignal): Promise<void> {
    const present = new Set(this.#reach.present());
    for (const peer of this.side.unsettled()) {
      if (!present.has(peer)) continue;
      await this.#try(peer, signal, (channel) => this.side.settle(channel, peer, signal));
    }
  }

  async #pushToAny(
    exclude: ReadonlySet<string>,
    part: number,
    signal: AbortSignal,
  ): Promise<ExchangeResult> {
    const present = this.#reach.present();
    if (present.length === 0) return { skipped: "no member is connected" };
    let outcome: ExchangeResult = { skipped: "every connected member is excluded" };
    for (const peer of partnerOrder(present.filter((peer) => !exclude.has(peer)), this.#reach.rng)) {
      outcome = await this.#push(peer, part, signal);
      if ("partner" in outcome) break;
    }
    return outcome;
  }

  async #push(partner: string, part: number, signal: AbortSignal): Promise<ExchangeResult> {
    if (!this.#reach.present().includes(partner)) return { skipped: `${partner}: the member is not connected` };
    if (this.side.unsettled().includes(partner)) {
      return { skipped: `${partner}: the push before is not settled yet` };
    }
    const began = world.elapsed();
    const outcome = await this.#try(partner, signal, async (channel) => {
      const { state } = await this.side.push(channel, partner, { part, signal });
      return { state, bytes: channel.bytes };
    });
    if (typeof outcome === "string") return { skipped: outcome };
    if (outcome.state !== "done") {
      return { skipped: `${partner}: it is ${outcome.state === "busy" ? "busy" : "in another training"}` };
    }
    const exchanged = { partner, bytes: outcome.bytes, milliseconds: world.elapsed() - began };
    this.#reach.exchanged(exchanged);
    return exchanged;
  }

  /** Resolves to what `work` does, or to a sentence that says why it failed. */
  async #try<T>(peer: string, signal: AbortSignal, work: (channel: FrameChannel) => Promise<T>): Promise<T | string> {
    try {
      return await this.#reach.use(peer, work, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#reach.blame(peer, error);
      return `${peer}: ${messageOf(error)}`;
    }
  }
}
