/**
 * Push-sum between two peers over a one-way link, part of `/syncytium/average/3` (`server.ts`): A gives a part of its
 * numerator and weight to B and takes nothing.
 *
 * ```
 * sender A                                                           receiver B
 * push {layout, values, compression, life, number, round, weight, manifest} ->
 *                                                  <-  accept {round} | busy | elsewhere | refused {reason}
 * serves the pieces                               <->
 *                                                  <-  received
 * moved                                            ->
 *                                                      (B adds the share)
 *                                                  <-  noted
 * ```
 *
 * A takes the share out of its state when the push begins and puts it back if the push fails before `moved` is on its
 * way: whoever dies or is cut off until then, Σ m·x and Σ m of the living are what they were. From `moved` on A cannot
 * know, and keeps the share aside under its number until B tells: `settle {life, number}`, which A sends at every step
 * once B is there, is answered by whether B has it, and if not, B drops it from then on even if `moved` still comes. So
 * a share counts once or comes back, and never twice.
 *
 * What is lost, and when: if A dies, what it still held; if B dies, what it had received. A share that was under way
 * between `moved` and `noted` when B went is out of the mean until B comes back (with a new state it has not got it,
 * and A takes it back) and for good if B never does: at most one share a member. Nothing else is.
 *
 * @module
 */
import type * as v from "valibot";
import type { FrameChannel } from "../../protocols/channel.ts";
import { pieceBytesFor, requireFitsWhole } from "../../protocols/line.ts";
import { makeBlob, parseManifest, pullBlob, serveBlob } from "../../protocols/pieces.ts";
import type { Bytes } from "../../../core/bytes.ts";
import { world } from "../../../core/world.ts";
import { ENCODING_MARGIN, sound, whyUndecodable } from "../_encoded_transfer.ts";
import { ExchangeRefusedError, nextMessage, UnsoundError } from "../_messages.ts";
import { pushAnswerSchema, settleAnswerSchema, signSchema } from "./messages.ts";
import type { Share } from "./push_sum.ts";
import type { Codec, Compressor, MatrixPart } from "../compression/compressor.ts";
import { none } from "../compression/none.ts";
import type { Judge } from "../judging/judge.ts";
import type { OneWayState } from "./state.ts";
import type { Outcome, Side, SideOptions, SideRequest } from "../side.ts";

/** Pushes of others that are taken at once, each as large as the state. */
const MOST_INCOMING = 4;

/** Options of {@linkcode OneWaySide}. */
export interface OneWaySideOptions extends SideOptions {
  /** Of numerators; it must not be partial. @default none */
  compressor?: Compressor;
  /** Says what is believed of what senders push. @default all that has the right form */
  judge?: Judge;
}

/** One peer's side of its pushes, around one {@linkcode OneWayState}. */
export class OneWaySide implements Side {
  readonly #options: Required<Omit<OneWaySideOptions, "kept" | "judge">> & Pick<OneWaySideOptions, "kept" | "judge">;
  readonly #life = world.randomUuid();
  /** Shares that others may have, by receiver. */
  readonly #unsettled = new Map<string, { number: number; share: Share; from: OneWayState }>();
  /** The latest push of each sender, and whether it was added. */
  readonly #heard = new Map<string, { life: string; number: number; added: boolean }>();
  /** Who has pushed to this peer since it was asked last. */
  readonly #givers = new Set<string>();
  #state: OneWayState | undefined;
  #codec: Codec | undefined;
  #number = 0;
  #incoming = 0;

  constructor({ compressor = none, stepTimeout = 30_000, audit = () => {}, kept, judge }: OneWaySideOptions = {}) {
    this.#options = { compressor, stepTimeout, audit, kept, judge };
  }

  /** The state, once there is one. */
  get state(): OneWayState | undefined {
    return this.#state;
  }

  /** Puts a state in place of the one before, and forgets what was under way of that. */
  initialise(state: OneWayState, matrices: readonly MatrixPart[] = []): void {
    this.#codec = this.#options.compressor.open({ values: state.length, matrices });
    this.#state = state;
    this.#unsettled.clear();
  }

  /** The receivers that may or may not have the latest share pushed to them. */
  unsettled(): string[] {
    return [...this.#unsettled.keys()];
  }

  /** Who has pushed to this peer since this was called last. */
  takeGivers(): string[] {
    const givers = [...this.#givers];
    this.#givers.clear();
    return givers;
  }

  /**
   * Gives `part` of what this peer holds to the peer behind `channel`.
   *
   * @throws {ExchangeRefusedError} if it refuses; the part is back then.
   */
  async push(
    channel: FrameChannel,
    peer: string,
    { part, signal }: { part: number; signal?: AbortSignal },
  ): Promise<Outcome> {
    if (this.#unsettled.has(peer)) throw new Error("the push before must be settled first");
    const state = this.#required();
    let bytes: Bytes | undefined;
    const share = state.push(part, (numerator) => {
      bytes = this.#codec!.encode(numerator);
      return this.#codec!.decode(bytes);
    });
    const number = ++this.#number;
    let isMoved = false;
    try {
      const answer = await this.#offer(channel, peer, { number, bytes: bytes!, weight: share.weight }, signal);
      if (answer.type === "refused") throw new ExchangeRefusedError(`it refused: ${answer.reason}`);
      if (answer.type !== "accept") return { state: answer.type };
      isMoved = true;
      this.#unsettled.set(peer, { number, share, from: state });
      await channel.sendMessage({ type: "moved" }, signal);
      await nextMessage(channel, signSchema("noted"), { ...this.#options, signal });
      this.#unsettled.delete(peer);
      return { state: "done", remoteRound: answer.round };
    } finally {
      if (!isMoved) state.receive(share);
    }
  }

  /** Asks the peer behind `channel` whether it has the share that may have been lost, and takes that back if not. */
  async settle(channel: FrameChannel, peer: string, signal?: AbortSignal): Promise<void> {
    const open = this.#unsettled.get(peer);
    if (!open) return;
    const { layout, length: values } = open.from;
    await channel.sendMessage({ type: "settle", layout, values, life: this.#life, number: open.number }, signal);
    const answer = await nextMessage(channel, settleAnswerSchema, { ...this.#options, signal });
    if (answer.type === "refused") throw new ExchangeRefusedError(`it refused: ${answer.reason}`);
    if (answer.type !== "settled" || this.#unsettled.get(peer) !== open) return;
    this.#unsettled.delete(peer);
    if (!answer.received) open.from.receive(open.share);
  }

  /** Nobody waits for whom it pushes to. */
  isExpected(): boolean {
    return false;
  }

  /** Nobody waits over one-way links. */
  sitOut(): void {}

  /** See {@linkcode Side.sitsOut}. */
  get sitsOut(): boolean {
    return false;
  }

  /** Why a push cannot be taken, if so; that the vectors are alike is known. */
  whyNot(request: SideRequest): string | undefined {
    if (request.type === "settle") return undefined;
    if (request.type !== "push") return "the topology differs: its links are one-way here";
    return whyUndecodable(this.#options.compressor.name, request.compression);
  }

  /** Serves a push or a settle. Resolves to what was added, or `undefined` where nothing was. */
  async respond(
    channel: FrameChannel,
    peer: string,
    { request, signal }: { request: SideRequest; signal?: AbortSignal },
  ): Promise<{ remoteRound: number } | undefined> {
    if (request.type === "settle") {
      const received = this.#settle(peer, request);
      return void await channel.sendMessage({ type: "settled", received }, signal);
    }
    if (request.type !== "push") throw new UnsoundError(`a push was due, it sent an ${request.type}`);
    if (this.#incoming >= MOST_INCOMING) return void await channel.sendMessage({ type: "busy" }, signal);
    this.#incoming++;
    try {
      const state = this.#required();
      this.#checkNew(peer, request);
      const maxBytes = 4 * state.length + ENCODING_MARGIN;
      const manifest = parseManifest(request.manifest, { maxBytes });
      await channel.sendMessage({ type: "accept", round: state.round }, signal);
      const options = { ...this.#options, signal };
      const bytes = await pullBlob(channel, manifest, options);
      const numerator = sound(() => this.#codec!.decode(bytes));
      const sent = { numerator, weight: request.weight, round: request.round, ownRound: state.round };
      const { judge } = this.#options, own = { ...state.snapshot(), moved: state.moved };
      const share = judge?.shareOf(peer, own, sent) ?? sent;
      await channel.sendMessage({ type: "received" }, signal);
      await nextMessage(channel, signSchema("moved"), options);
      // while it was under way, its sender may have been told that it is not here
      this.#checkNew(peer, request);
      state.receive(share);
      if (judge) state.holdAtMost(judge.mostHeld(own));
      this.#heard.set(peer, { life: request.life, number: request.number, added: true });
      await channel.sendMessage({ type: "noted" }, signal);
      this.#givers.add(peer);
      return { remoteRound: request.round };
    } finally {
      this.#incoming--;
    }
  }

  #required(): OneWayState {
    if (!this.#state) throw new Error("averaging needs a state first: call initialise()");
    return this.#state;
  }

  async #offer(
    channel: FrameChannel,
    peer: string,
    { number, bytes, weight }: { number: number; bytes: Bytes; weight: number },
    signal?: AbortSignal,
  ): Promise<v.InferOutput<typeof pushAnswerSchema>> {
    const { audit, compressor, stepTimeout } = this.#options;
    const { layout, length: values, round } = this.#required();
    requireFitsWhole(bytes.length, channel.line);
    const blob = await makeBlob(bytes, pieceBytesFor(channel.line));
    await audit({ time: world.now(), kind: "weights", peer, round, bytes: bytes.length, digest: blob.root });
    const name = { life: this.#life, number };
    const vector = { layout, values, compression: compressor.name, manifest: blob.manifest };
    await channel.sendMessage({ type: "push", ...vector, ...name, round, weight }, signal);
    const answer = await nextMessage(channel, pushAnswerSchema, { stepTimeout, signal });
    if (answer.type !== "accept") return answer;
    await serveBlob(channel, blob, { stepTimeout, signal });
    await nextMessage(channel, signSchema("received"), { stepTimeout, signal });
    return answer;
  }

  /** @throws {UnsoundError} for a push that was added or given up already. */
  #checkNew(peer: string, { life, number }: { life: string; number: number }): void {
    const heard = this.#heard.get(peer);
    if (heard?.life === life && number <= heard.number) {
      throw new UnsoundError(`its push ${number} was ${heard.added ? "added" : "given up"} already`);
    }
  }

  #settle(peer: string, { life, number }: { life: string; number: number }): boolean {
    const heard = this.#heard.get(peer);
    if (heard?.life === life && number <= heard.number) return heard.number === number && heard.added;
    this.#heard.set(peer, { life, number, added: false });
    return false;
  }
}
