/**
 * The answering side of `/syncytium/average/2`: one request a stream. An `offer` (`gossip.ts`) or a `push` or `settle`
 * (`push.ts`), as the topology's links are two-way or one-way, and the `fetch` of a late peer (`late_state.ts`) in any
 * case.
 *
 * A run may average the vectors of several trainings one after another, each with a layout of its own. Whoever is asked
 * for another layout than it has is `elsewhere`: the two are not mixed, and that is nobody's fault.
 *
 * @module
 */
import * as v from "valibot";
import { bytesOf } from "../../core/bytes.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { KeptPieces } from "../protocols/kept_pieces.ts";
import { makeBlob } from "../protocols/pieces.ts";
import type { Audit } from "../protocols/traffic.ts";
import { offerSchema } from "./two_way/messages.ts";
import { ExchangeRefusedError, nextMessage } from "./_messages.ts";
import { pushSchema, settleSchema } from "./one_way/messages.ts";
import { fetchSchema, giveLateState, type GivenState, type LateState, takeLateState } from "./late_state.ts";
import type { LocalState } from "./state.ts";

const mixSchema = v.variant("type", [offerSchema, pushSchema, settleSchema]);
const requestSchema = v.variant("type", [...mixSchema.options, fetchSchema]);

/**
 * How long a state whose transfer was cut is held for who asks again, in milliseconds; dropped when the next one asks.
 */
const CUT_AGE = 600_000;

/** A request to mix, checked in form. */
export type MixRequest = v.InferOutput<typeof mixSchema>;

/** What averages behind the protocol. */
export interface Mixer {
  readonly state: LocalState | undefined;
  /** Whether the asker waits for this peer to come to a step that is its next one, in whatever training. */
  isExpected(request: MixRequest): boolean;
  /** Why a request cannot be served, as a sentence, if so; that the vectors are alike is known. */
  whyNot(request: MixRequest): string | undefined;
  /** Serves it. Resolves to what was mixed, or `undefined` where nothing was. */
  respond(
    channel: FrameChannel,
    peer: string,
    options: { request: MixRequest; signal?: AbortSignal },
  ): Promise<{ remoteRound: number } | undefined>;
}

/** Options of {@linkcode AverageServer}. */
export interface AverageServerOptions {
  /** Longest wait for one message or one piece, in milliseconds. */
  stepTimeout: number;
  /** Told before weights leave. */
  audit: Audit;
  /** Where the pieces of broken transfers wait. */
  kept: KeptPieces;
}

/** Serves one {@linkcode Mixer}. */
export class AverageServer {
  readonly #mixer: Mixer;
  readonly #options: AverageServerOptions;
  #optimiser: () => Uint8Array | undefined = () => undefined;
  /** What was being given last when its transfer was cut, and the root of its vector. */
  #cut: { given: GivenState; root: string; at: number } | undefined;

  constructor(mixer: Mixer, options: AverageServerOptions) {
    this.#mixer = mixer;
    this.#options = options;
  }

  /** What late peers are given of the owner's optimiser, beside the state. */
  serveOptimiser(give: () => Uint8Array | undefined): void {
    this.#optimiser = give;
  }

  /** Serves one stream. Resolves to what was mixed, or `undefined` where nothing was. */
  async answer(
    channel: FrameChannel,
    peer: string,
    signal?: AbortSignal,
  ): Promise<{ remoteRound: number } | undefined> {
    const options = { ...this.#options, signal };
    const request = await nextMessage(channel, requestSchema, options);
    const { state } = this.#mixer;
    if (!state) return void await channel.sendMessage({ type: "busy" }, signal);
    if (request.layout !== state.layout) {
      const isExpected = request.type !== "fetch" && this.#mixer.isExpected(request);
      return void await channel.sendMessage({ type: isExpected ? "later" : "elsewhere" }, signal);
    }
    const reason = whyDifferent(state, request) ?? (request.type === "fetch" ? undefined : this.#mixer.whyNot(request));
    if (reason) {
      await channel.sendMessage({ type: "refused", reason }, signal);
      throw new ExchangeRefusedError(reason);
    }
    if (request.type !== "fetch") return await this.#mixer.respond(channel, peer, { request, signal });
    return void await this.#give(channel, peer, { kept: request.kept, state, signal });
  }

  /**
   * A copy of the remote's state, for a peer that comes late; nothing of ours is sent. `undefined` if it has none to
   * give now.
   */
  async fetch(
    channel: FrameChannel,
    expected: { layout: string; values: number },
    signal?: AbortSignal,
  ): Promise<LateState | undefined> {
    return await takeLateState(channel, expected, { ...this.#options, signal });
  }

  /** Gives the state to a late peer: the one that it has pieces of, if its transfer was cut, else the present one. */
  async #give(
    channel: FrameChannel,
    peer: string,
    { kept, state, signal }: { kept: readonly string[]; state: LocalState; signal?: AbortSignal },
  ): Promise<void> {
    const cut = this.#cut;
    this.#cut = undefined;
    const isKnown = cut && kept.includes(cut.root) && performance.now() - cut.at < CUT_AGE;
    const given = isKnown ? cut.given : { state: state.snapshot(), optimiser: this.#optimiser() };
    try {
      await giveLateState(channel, { peer, ...given }, { ...this.#options, signal });
    } catch (error) {
      const { root } = await makeBlob(bytesOf(given.state.vector));
      this.#cut = { given, root, at: performance.now() };
      throw error;
    }
  }
}

function whyDifferent({ layout, length }: LocalState, { values }: { values: number }): string | undefined {
  if (values === length) return undefined;
  return `the vectors of layout ${layout.slice(0, 16)} differ: ${length} values here, ${values} there`;
}
