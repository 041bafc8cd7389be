/**
 * Gossip averaging between two peers, `/syncytium/average/2`.
 *
 * ```
 * initiator A                         responder B
 * offer {layout, values}      ->
 *                             <-      accept {mass, round, manifest} | busy | refused {reason}
 * pulls B's pieces           <->
 * state {mass, round, manifest} ->
 *                            <->      pulls A's pieces
 *                             <-      commit
 * (A applies)  committed      ->
 *                                     (B applies)
 * ```
 *
 * Until `commit` both sides hold both vectors and have changed nothing: whoever dies or is cut off before it, at any byte, the
 * survivor goes on with the state that it had. If the line breaks between `commit` and `committed`, A has applied and B has not:
 * both states are valid, and the mesh's weighted mean has moved by A's part, mA·(x̄ − xA) / Σ m, no more than one exchange with a
 * copy of B would have moved it. If A was killed instead, its state is gone and B's is what it was.
 *
 * A peer is in at most one exchange, as either side. One that is in an exchange answers `busy` at once, so nobody waits for somebody
 * who waits: the asker turns to another partner, or asks again after a random time.
 *
 * @module
 */
import * as v from "valibot";
import { bytesOf } from "../_bytes.ts";
import { raceAbort } from "../_deadline.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { makeBlob, parseManifest, pullBlob, serveBlob } from "../protocols/pieces.ts";
import type { Audit } from "../traffic.ts";
import {
  busySchema,
  count,
  ExchangeRefusedError,
  mass,
  nextMessage,
  refusedSchema,
  vectorFields,
} from "./_messages.ts";
import { fetchSchema, giveLateState, type LateState, takeLateState } from "./late_state.ts";
import { type AveragingState, checkMass, checkVector, type Snapshot } from "./state.ts";

const requestSchema = v.variant("type", [v.strictObject({ type: v.literal("offer"), ...vectorFields }), fetchSchema]);
const answerSchema = v.variant("type", [
  busySchema,
  refusedSchema,
  v.strictObject({ type: v.literal("accept"), mass, round: count, manifest: v.unknown() }),
]);
const stateSchema = v.strictObject({ type: v.literal("state"), mass, round: count, manifest: v.unknown() });
const signSchema = (type: "commit" | "committed") => v.strictObject({ type: v.literal(type) });

/** What became of an exchange that this peer began. */
export type ExchangeOutcome = { state: "done"; remoteRound: number } | { state: "busy" };

/** Options of {@linkcode Averager}. */
export interface AveragerOptions {
  /** Longest wait for one answer or one piece, in milliseconds. @default 30000 */
  stepTimeout?: number;
  /** Told before weights leave. */
  audit?: Audit;
}

/** Both sides of the protocol around one {@linkcode AveragingState}. */
export class Averager {
  readonly #stepTimeout: number;
  readonly #audit: Audit;
  #state: AveragingState | undefined;
  #optimiser: () => Uint8Array | undefined = () => undefined;
  /** Resolves at the end of the exchange under way. */
  #busy: PromiseWithResolvers<void> | undefined;

  constructor({ stepTimeout = 30_000, audit = () => {} }: AveragerOptions = {}) {
    this.#stepTimeout = stepTimeout;
    this.#audit = audit;
  }

  /** The state, once there is one. */
  get state(): AveragingState | undefined {
    return this.#state;
  }

  /** Puts a state in place of the one before; an exchange under way still applies to the old one, which is dropped. */
  initialise(state: AveragingState): void {
    this.#state = state;
  }

  /** What late peers are given of the owner's optimiser, beside the state. */
  serveOptimiser(give: () => Uint8Array | undefined): void {
    this.#optimiser = give;
  }

  /**
   * Averages with the peer behind `channel`.
   *
   * @throws {ExchangeRefusedError} if either side refuses what the other has.
   */
  async exchange(channel: FrameChannel, peer: string, signal?: AbortSignal): Promise<ExchangeOutcome> {
    const state = this.#required();
    if (this.#busy) return { state: "busy" };
    this.#busy = Promise.withResolvers();
    try {
      const answer = await this.#ask(channel, { type: "offer", layout: state.layout, values: state.length }, signal);
      if (!answer) return { state: "busy" };
      const remote = await this.#pull(channel, answer, state, signal);
      const own = state.snapshot();
      await this.#give(channel, peer, own, { type: "state" }, signal);
      await this.#receive(channel, signSchema("commit"), signal);
      state.merge(own, remote);
      await channel.sendMessage({ type: "committed" }, signal);
      return { state: "done", remoteRound: remote.round };
    } finally {
      this.#release();
    }
  }

  /** A copy of the remote's state, for a peer that comes late; nothing of ours is sent. `undefined` if it is busy or has none. */
  async fetch(
    channel: FrameChannel,
    expected: { layout: string; values: number },
    signal?: AbortSignal,
  ): Promise<LateState | undefined> {
    return await takeLateState(channel, expected, { signal, stepTimeout: this.#stepTimeout });
  }

  /** Serves one stream. Resolves to what was averaged, or `undefined` where nothing was. */
  async answer(
    channel: FrameChannel,
    peer: string,
    signal?: AbortSignal,
  ): Promise<{ remoteRound: number } | undefined> {
    const request = await this.#receive(channel, requestSchema, signal);
    const state = this.#state;
    if (!state || this.#busy) return void await channel.sendMessage({ type: "busy" }, signal);
    if (request.layout !== state.layout || request.values !== state.length) {
      const reason = `the vectors differ in layout: ${state.layout.slice(0, 16)} with ${state.length} values here, ` +
        `${request.layout.slice(0, 16)} with ${request.values} there`;
      await channel.sendMessage({ type: "refused", reason }, signal);
      throw new ExchangeRefusedError(reason);
    }
    if (request.type === "fetch") {
      const given = { peer, state: state.snapshot(), optimiser: this.#optimiser(), audit: this.#audit };
      return void await giveLateState(channel, given, { signal, stepTimeout: this.#stepTimeout });
    }
    this.#busy = Promise.withResolvers();
    try {
      const own = state.snapshot();
      await this.#give(channel, peer, own, { type: "accept" }, signal);
      const remote = await this.#pull(channel, await this.#receive(channel, stateSchema, signal), state, signal);
      await channel.sendMessage({ type: "commit" }, signal);
      await this.#receive(channel, signSchema("committed"), signal);
      state.merge(own, remote);
      return { remoteRound: remote.round };
    } finally {
      this.#release();
    }
  }

  /** Resolves once no exchange is under way, as either side. */
  async idle(signal?: AbortSignal): Promise<void> {
    while (this.#busy) await raceAbort(this.#busy.promise, signal);
  }

  #release(): void {
    this.#busy?.resolve();
    this.#busy = undefined;
  }

  #required(): AveragingState {
    if (!this.#state) throw new Error("averaging needs a state first: call initialise()");
    return this.#state;
  }

  async #ask(channel: FrameChannel, request: v.InferInput<typeof requestSchema>, signal?: AbortSignal) {
    await channel.sendMessage(request, signal);
    const answer = await this.#receive(channel, answerSchema, signal);
    if (answer.type === "refused") throw new ExchangeRefusedError(`it refused: ${answer.reason}`);
    return answer.type === "busy" ? undefined : answer;
  }

  async #give(channel: FrameChannel, peer: string, own: Snapshot, message: { type: string }, signal?: AbortSignal) {
    const blob = await makeBlob(bytesOf(own.vector));
    const { mass, round } = own;
    await this.#audit({ time: Date.now(), kind: "weights", peer, round, bytes: blob.data.length, digest: blob.root });
    await channel.sendMessage({ ...message, mass, round, manifest: blob.manifest }, signal);
    await serveBlob(channel, blob, { signal, stepTimeout: this.#stepTimeout });
  }

  async #pull(
    channel: FrameChannel,
    offered: { mass: number; round: number; manifest: unknown },
    { length }: { length: number },
    signal?: AbortSignal,
  ): Promise<Snapshot> {
    checkMass(offered.mass);
    const manifest = parseManifest(offered.manifest, { maxBytes: 4 * length });
    if (manifest.bytes !== 4 * length) {
      throw new ExchangeRefusedError(`its vector must hold ${length} values, it offers ${manifest.bytes} bytes`);
    }
    const data = await pullBlob(channel, manifest, { signal, stepTimeout: this.#stepTimeout });
    const vector = new Float32Array(data.buffer);
    try {
      checkVector(vector, length);
    } catch (cause) {
      throw new ExchangeRefusedError(`its weights are refused: ${(cause as Error).message}`, { cause });
    }
    return { vector, mass: offered.mass, round: offered.round };
  }

  async #receive<S extends v.GenericSchema>(channel: FrameChannel, schema: S, signal?: AbortSignal) {
    return await nextMessage(channel, schema, { signal, stepTimeout: this.#stepTimeout });
  }
}
