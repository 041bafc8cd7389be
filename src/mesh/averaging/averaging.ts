/**
 * Averaging as a peer uses it: with whom, again when they are busy, and what happens when they fail.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import type { Layout } from "../../core/vectors.ts";
import type { Rng } from "../../core/rng.ts";
import { AnySignal, sleep } from "../_deadline.ts";
import type { Connections } from "../connections.ts";
import type { MeshEvent } from "../events.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { AVERAGE_PROTOCOL } from "./_messages.ts";
import { Averager, type AveragerOptions } from "./gossip.ts";
import type { LateState } from "./late_state.ts";
import { busyDelay, partnerOrder } from "./partners.ts";
import { AveragingState, type Snapshot } from "./state.ts";

/** Times that everybody is asked before an exchange is skipped because all are busy. */
const BUSY_ATTEMPTS = 8;

/** What came of a call of {@linkcode Averaging.exchange}; `bytes` counts both directions. */
export type ExchangeResult = { partner: string; bytes: number; milliseconds: number } | { skipped: string };

/** Options of {@linkcode Averaging.exchange}. */
export interface ExchangeOptions {
  /** Ends the exchange: it throws the signal's reason. */
  signal?: AbortSignal;
  /** Peer ids of members to leave out, such as those that this round has been averaged with already. @default [] */
  exclude?: readonly string[];
}

/** Options of {@linkcode Averaging.initialise}. */
export interface InitialiseOptions {
  /** Names the order and shapes of what the vector holds (a digest); only equal layouts are averaged. */
  layout: string;
  /** Names and shapes of the tensors in the vector, for compressors that make use of them. @default [] */
  tensors?: Layout;
  /** The weight of this site, such as its number of training cases; it stays with the site. */
  mass: number;
  /** The round that the vector belongs to. */
  round: number;
}

/** Options of {@linkcode Averaging.mix}. */
export interface MixOptions {
  /** Which step of averaging this is, from 0 and counted over the whole run: (round − 1)·(steps a round) + k. The plan depends on it. */
  step: number;
  /** How many steps the run will have; some rules grow stricter towards its end. */
  steps: number;
  /** Ends it: it throws the signal's reason. */
  signal?: AbortSignal;
}

/** What came of a call of {@linkcode Averaging.mix}. */
export interface MixResult {
  /** Peer ids of those whose vectors went into the mix, each once. */
  partners: string[];
  /** Why nobody's did, where `partners` is empty. */
  skipped?: string;
}

/** What {@linkcode Averaging} works with. */
export interface AveragingOptions extends AveragerOptions {
  connections: Connections;
  rng: Rng;
  emit: (event: MeshEvent) => void;
}

/** Gossip averaging of one flat vector with the members that are there. */
export class Averaging {
  readonly #connections: Connections;
  readonly #rng: Rng;
  readonly #emit: (event: MeshEvent) => void;
  readonly #averager: Averager;

  constructor({ connections, rng, emit, ...options }: AveragingOptions) {
    this.#connections = connections;
    this.#rng = rng;
    this.#emit = emit;
    this.#averager = new Averager(options);
  }

  /** The state, once there is one. */
  get state(): AveragingState | undefined {
    return this.#averager.state;
  }

  /**
   * Begins with `vector` (copied), or begins anew.
   *
   * @throws {RangeError} if the mass is not above 0 or the vector is empty or not finite.
   */
  initialise(vector: Float32Array, { layout, mass, round }: InitialiseOptions): void {
    this.#averager.initialise(new AveragingState(vector, { layout, mass, round }));
  }

  /** `give` is asked for what late peers take of this peer's optimiser, beside its weights; it holds from then on. */
  serveOptimiser(give: () => Uint8Array | undefined): void {
    this.#averager.serveOptimiser(give);
  }

  /** Adds an update of local training; at any time, also during an exchange. @throws {RangeError} if it is not finite or fits not. */
  contribute(update: Float32Array, round: number): void {
    this.#required().contribute(update, round);
  }

  /** A copy of the present state. */
  snapshot(): Snapshot {
    return this.#required().snapshot();
  }

  /**
   * Averages with one random member that is there and free. What others do wrong ends in `skipped` and a warning that names them,
   * never in a throw.
   */
  async exchange({ signal, exclude = [] }: ExchangeOptions = {}): Promise<ExchangeResult> {
    this.#required();
    using either = new AnySignal(signal, this.#connections.signal);
    const out = new Set(exclude);
    let failure: string | undefined;
    for (let attempt = 0; attempt < BUSY_ATTEMPTS; attempt++) {
      const present = this.#connections.admission.present();
      if (present.length === 0) return { skipped: failure ?? "no member is connected" };
      const asked = present.filter((peer) => !out.has(peer));
      if (asked.length === 0) return { skipped: failure ?? "every connected member is excluded" };
      for (const partner of partnerOrder(asked, this.#rng)) {
        await this.#averager.idle(either.signal);
        try {
          const result = await this.#exchangeWith(partner, either.signal);
          if (result) return result;
        } catch (error) {
          either.signal.throwIfAborted();
          out.add(partner);
          failure = `${partner}: ${messageOf(error)}`;
          this.#blame(partner, "averaging", error);
        }
      }
      await sleep(busyDelay(attempt, this.#rng), either.signal);
    }
    return { skipped: "every connected member is busy" };
  }

  /**
   * One step of averaging after local training: with the partners that the topology plans for it, or with others where those are away.
   * Nobody is waited for longer than a bounded time, and what others do wrong ends in warnings that name them, never in a throw.
   */
  async mix({ signal }: MixOptions): Promise<MixResult> {
    const result = await this.exchange({ signal });
    return "partner" in result ? { partners: [result.partner] } : { partners: [], ...result };
  }

  /**
   * A copy of the state of a random member that is there, to begin with when the others are ahead; nothing of this site leaves.
   * `undefined` if nobody has one to give now.
   */
  async fetch(layoutDigest: string, values: number, signal?: AbortSignal): Promise<LateState | undefined> {
    const expected = { layout: layoutDigest, values };
    for (const peer of partnerOrder(this.#connections.admission.present(), this.#rng)) {
      try {
        const link = { protocol: AVERAGE_PROTOCOL, kind: "weights", signal } as const;
        const fetching = (channel: FrameChannel) => this.#averager.fetch(channel, expected, signal);
        const state = await this.#connections.use(peer, link, fetching);
        if (state) return state;
      } catch (error) {
        signal?.throwIfAborted();
        this.#blame(peer, "taking a state", error);
      }
    }
    return undefined;
  }

  /** Serves one stream of another peer. */
  async answer(channel: FrameChannel, peer: string, signal: AbortSignal): Promise<void> {
    const began = performance.now();
    const done = await this.#averager.answer(channel, peer, signal);
    if (done) this.#exchanged(peer, false, { bytes: channel.bytes, milliseconds: performance.now() - began });
  }

  async #exchangeWith(partner: string, signal: AbortSignal): Promise<ExchangeResult | undefined> {
    const began = performance.now();
    const link = { protocol: AVERAGE_PROTOCOL, kind: "weights", signal } as const;
    return await this.#connections.use(partner, link, async (channel) => {
      const outcome = await this.#averager.exchange(channel, partner, signal);
      if (outcome.state === "busy") return undefined;
      const cost = { bytes: channel.bytes, milliseconds: performance.now() - began };
      this.#exchanged(partner, true, cost);
      return { partner, ...cost };
    });
  }

  #exchanged(peer: string, initiator: boolean, cost: { bytes: number; milliseconds: number }): void {
    this.#emit({ type: "exchange", peer, initiator, round: this.#required().round, ...cost });
  }

  #blame(peer: string, doing: string, error: unknown): void {
    this.#emit({ type: "warning", message: `${doing}: ${messageOf(error)}`, peer });
    // one that does not answer would cost every later exchange the same wait: hang up, and call again until it does
    if (error instanceof DOMException && error.name === "TimeoutError") this.#connections.drop(peer, error);
  }

  #required(): AveragingState {
    if (!this.state) throw new Error("averaging has no state yet: call averaging.initialise()");
    return this.state;
  }
}
