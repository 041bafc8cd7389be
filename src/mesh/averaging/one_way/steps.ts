/**
 * Steps of averaging over one-way links: pushes to the planned receivers, or to others where those are away or busy.
 *
 * @module
 */
import { messageOf } from "../../../core/errors.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { partnerOrder } from "../partners.ts";
import { Pusher, type PusherOptions } from "./side.ts";
import { PushState } from "./state.ts";
import type { MixRequest } from "../server.ts";
import type { Exchanged, Mixed, MixStep, Reach, Way } from "../steps.ts";

/** What a push gives away where no plan says. */
const UNPLANNED_PART = 1 / 2;

/** Options of {@linkcode OneWay}. */
export interface OneWayOptions extends PusherOptions {
  reach: Reach;
}

/** Mixing by pushes. */
export class OneWay implements Way {
  readonly #reach: Reach;
  readonly #pusher: Pusher;
  /** Who has pushed to this peer since its last step. */
  readonly #heard = new Set<string>();

  constructor({ reach, ...options }: OneWayOptions) {
    this.#reach = reach;
    this.#pusher = new Pusher(options);
  }

  get state(): PushState | undefined {
    return this.#pusher.state;
  }

  initialise(vector: Float32Array, { matrices, ...options }: Parameters<Way["initialise"]>[1]): void {
    this.#pusher.initialise(new PushState(vector, options), matrices);
  }

  isExpected(): boolean {
    return this.#pusher.isExpected();
  }

  whyNot(request: MixRequest): string | undefined {
    return this.#pusher.whyNot(request);
  }

  async respond(channel: FrameChannel, peer: string, options: Parameters<Pusher["respond"]>[2]) {
    const done = await this.#pusher.respond(channel, peer, options);
    if (done) this.#heard.add(peer);
    return done;
  }

  async exchange(exclude: ReadonlySet<string>, signal: AbortSignal): Promise<Exchanged | { skipped: string }> {
    await this.#settle(signal);
    return await this.#pushToAny(exclude, UNPLANNED_PART, signal);
  }

  async mix({ plan, signal }: MixStep): Promise<Mixed> {
    await this.#settle(signal);
    const given = new Set<string>();
    let failure: string | undefined;
    let rest = 1;
    for (const { peer, weight } of plan.receivers) {
      const part = weight / rest;
      const outcome = await this.#push(peer, part, signal);
      const done = "partner" in outcome ? outcome : await this.#pushToAny(new Set([...given, peer]), part, signal);
      if ("partner" in done) {
        given.add(done.partner);
        rest -= weight;
      } else failure = "skipped" in outcome ? outcome.skipped : done.skipped;
    }
    const partners = [...new Set([...given, ...this.#heard])];
    this.#heard.clear();
    return { partners, failure };
  }

  /** Asks after the shares that may have been lost. */
  async #settle(signal: AbortSignal): Promise<void> {
    const present = new Set(this.#reach.present());
    for (const peer of this.#pusher.unsettled()) {
      if (!present.has(peer)) continue;
      await this.#try(peer, signal, (channel) => this.#pusher.settle(channel, peer, signal));
    }
  }

  async #pushToAny(
    exclude: ReadonlySet<string>,
    part: number,
    signal: AbortSignal,
  ): Promise<Exchanged | { skipped: string }> {
    const present = this.#reach.present();
    if (present.length === 0) return { skipped: "no member is connected" };
    let outcome: Exchanged | { skipped: string } = { skipped: "every connected member is excluded" };
    for (const peer of partnerOrder(present.filter((peer) => !exclude.has(peer)), this.#reach.rng)) {
      outcome = await this.#push(peer, part, signal);
      if ("partner" in outcome) break;
    }
    return outcome;
  }

  async #push(partner: string, part: number, signal: AbortSignal): Promise<Exchanged | { skipped: string }> {
    if (!this.#reach.present().includes(partner)) return { skipped: `${partner}: the member is not connected` };
    if (this.#pusher.unsettled().includes(partner)) {
      return { skipped: `${partner}: the push before is not settled yet` };
    }
    const began = performance.now();
    const outcome = await this.#try(partner, signal, async (channel) => {
      const { state } = await this.#pusher.push(channel, partner, { part, signal });
      return { state, bytes: channel.bytes };
    });
    if (typeof outcome === "string") return { skipped: outcome };
    if (outcome.state !== "done") {
      return { skipped: `${partner}: it is ${outcome.state === "busy" ? "busy" : "in another training"}` };
    }
    const exchanged = { partner, bytes: outcome.bytes, milliseconds: performance.now() - began };
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
