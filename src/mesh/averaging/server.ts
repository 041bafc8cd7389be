/**
 * The answering side of `/syncytium/average/3`: one request a stream. An `offer` (`two_way/side.ts`) or a `push` or
 * `settle` (`one_way/side.ts`), as the topology's links are two-way or one-way, and the `fetch` of a late peer
 * (`late_state.ts`) in any case.
 *
 * A run may average the vectors of several trainings one after another, each with a layout of its own. Whoever is asked
 * for another layout than it has is `elsewhere`: the two are not averaged, and that is nobody's fault.
 *
 * @module
 */
import * as v from "valibot";
import type { FrameChannel } from "../protocols/channel.ts";
import { LineTooSmallError } from "../protocols/line.ts";
import { nextMessage, RefusedRequestError } from "./_messages.ts";
import { LateGivings } from "./late_givings.ts";
import { fetchSchema, type LateState, takeLateState } from "./late_state.ts";
import { type Side, type SideOptions, type SideRequest, sideRequestSchema } from "./side.ts";
import type { State } from "./state.ts";

/** The protocol's name. */
export const AVERAGE_PROTOCOL = "/syncytium/average/3";

const requestSchema = v.variant("type", [...sideRequestSchema.options, fetchSchema]);

/** Values that a late peer takes at most for each of a vector: the vector, and as a rule two of an optimiser. */
export const FETCHED_VALUES = 3;

/** Does `work`, which concerns `values` values of `peer`, within what that may take. */
export type InTime = <T>(peer: string, values: number, work: () => Promise<T>) => Promise<T>;

/** What {@linkcode AverageServer} works with. */
export interface AverageServerOptions extends Required<SideOptions> {
  /** @default it takes what it takes */
  inTime?: InTime;
}

/** Serves one {@linkcode Side}. */
export class AverageServer {
  readonly #side: Side;
  readonly #options: Required<SideOptions>;
  readonly #inTime: InTime;
  #optimiser: () => Uint8Array | undefined = () => undefined;
  readonly #givings: LateGivings;

  constructor(side: Side, { inTime = (_peer, _values, work) => work(), ...options }: AverageServerOptions) {
    this.#side = side;
    this.#options = options;
    this.#inTime = inTime;
    this.#givings = new LateGivings({ ...options, optimiser: () => this.#optimiser() });
  }

  /** What late peers are given of the owner's optimiser, beside the state. */
  serveOptimiser(give: () => Uint8Array | undefined): void {
    this.#optimiser = give;
  }

  /**
   * Serves one stream. Resolves to what was averaged, or `undefined` where nothing was.
   *
   * @throws {RefusedRequestError} for a request of what is not averaged here, which has been answered.
   */
  async answer(
    channel: FrameChannel,
    peer: string,
    signal?: AbortSignal,
  ): Promise<{ remoteRound: number } | undefined> {
    const options = { ...this.#options, signal };
    const request = await channel.idle(() => nextMessage(channel, requestSchema, options));
    const { state } = this.#side;
    if (!state && !this.#side.sitsOut) return void await channel.sendMessage({ type: "busy" }, signal);
    if (!state || request.layout !== state.layout) {
      const answer = request.type === "fetch" ? { type: "elsewhere" } : elsewhere(this.#side, request);
      return void await channel.sendMessage(answer, signal);
    }
    const reason = whyDifferent(state, request) ?? (request.type === "fetch" ? undefined : this.#side.whyNot(request));
    if (reason) {
      await channel.sendMessage({ type: "refused", reason }, signal);
      throw new RefusedRequestError(reason);
    }
    if (request.type === "fetch") {
      const give = () => this.#givings.give(channel, peer, { kept: request.kept, state, signal });
      try {
        return void await this.#inTime(peer, FETCHED_VALUES * state.length, give);
      } catch (error) {
        if (!(error instanceof LineTooSmallError)) throw error;
        return void await channel.sendMessage({ type: "refused", reason: error.message }, signal);
      }
    }
    const respond = () => this.#side.respond(channel, peer, { request, signal });
    // a sum waits for others, too, and has limits of its own
    return request.type === "join" ? await respond() : await this.#inTime(peer, state.length, respond);
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
}

function elsewhere(side: Side, request: SideRequest): { type: string } {
  return side.elsewhere?.(request) ?? { type: side.isExpected(request) ? "later" : "elsewhere" };
}

function whyDifferent({ layout, length }: State, { values }: { values: number }): string | undefined {
  if (values === length) return undefined;
  return `the vectors of layout ${layout.slice(0, 16)} differ: ${length} values here, ${values} there`;
}
