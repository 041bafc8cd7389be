/**
 * The exchange of embeddings, `/syncytium/features/1`: each peer keeps its latest release sealed, announces its digest,
 * and hands it to members who ask, with its sender key sealed to the asker.
 *
 * ```
 * asker                     holder
 * want {}              ->
 *                      <-   features {round, key, manifest} | none
 * pulls pieces        <->
 * ```
 *
 * @module
 */
import * as v from "valibot";
import type { Bytes } from "../../core/bytes.ts";
import type { FeatureLimits, RemoteFeatures, RoundFeatures } from "../../core/features.ts";
import { Deadline } from "../../core/deadline.ts";
import { world } from "../../core/world.ts";
import { EnvelopeReader, sealEnvelope } from "../envelope/envelope.ts";
import { EnvelopeError, openKeyPackage, type SenderKeys, UnopenedKeyError } from "../envelope/sender_keys.ts";
import { decodeFeatures, encodeFeatures } from "./codec.ts";
import type { Identity } from "../envelope/identity.ts";
import type { FeatureDigest } from "../heads/head.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { count } from "../protocols/fields.ts";
import { KeptPieces } from "../protocols/kept_pieces.ts";
import { isBreach } from "../protocols/malformed.ts";
import { Pace } from "../protocols/pace.ts";
import type { ChannelHandler } from "../protocols/peers.ts";
import {
  type Blob,
  makeBlob,
  manifestRoot,
  parseManifest,
  PIECE_BYTES,
  pullBlob,
  serveBlob,
} from "../protocols/pieces.ts";
import { longestTransfer } from "../protocols/slowest_line.ts";
import type { Audit } from "../protocols/traffic.ts";

/** The protocol's name. */
export const FEATURES_PROTOCOL = "/syncytium/features/1";

const KIND = "embeddings";
const wantSchema = v.strictObject({ type: v.literal("want") });
const answerSchema = v.variant("type", [
  v.strictObject({ type: v.literal("none") }),
  v.strictObject({ type: v.literal("features"), round: count, key: v.unknown(), manifest: v.unknown() }),
]);

/** Whether what {@linkcode FeatureExchange.fetch} has thrown is the remote's own doing, whatever the line did. */
export function isOffence(error: unknown): boolean {
  return isBreach(error) || (error instanceof EnvelopeError && !(error instanceof UnopenedKeyError));
}

/** Pieces of a release, which are the same for all who ask, go over a standard relay's limited connections up to this. */
const SMALL_RELEASE_BYTES = 2 * 1024 * 1024;
const SMALL_PIECE_BYTES = 16 * 1024;

/** How often a member may ask for a release that it was given. */
const AGAIN_PACE = { burst: 8, interval: 10_000 };

/** Options of {@linkcode FeatureExchange}. */
export interface FeatureExchangeOptions {
  identity: Identity;
  consortium: string;
  keys: SenderKeys;
  limits?: FeatureLimits;
  /** Largest sealed release of a remote, in bytes. @default 64 MiB */
  maxBytes?: number;
  /** @default 30000 milliseconds */
  stepTimeout?: number;
  audit?: Audit;
}

/** Holds this peer's latest release and the latest of each remote. */
export class FeatureExchange {
  readonly #options: FeatureExchangeOptions;
  readonly #reader = new EnvelopeReader();
  /** Releases whose transfer was cut. */
  readonly #kept = new KeptPieces();
  readonly #remote = new Map<string, { value: RemoteFeatures; digest: string }>();
  readonly #transfer: number;
  /** What each member was given last. */
  readonly #given = new Map<string, string>();
  readonly #pace = new Pace(AGAIN_PACE);
  #released: { blob: Blob; round: number; epoch: number } | undefined;

  constructor(options: FeatureExchangeOptions) {
    this.#options = options;
    this.#transfer = options.stepTimeout ?? 30_000;
  }

  /**
   * Seals `value` and keeps it in place of the release before.
   *
   * @throws {RangeError} if it is not what {@linkcode encodeFeatures} accepts.
   */
  async release(value: RoundFeatures): Promise<FeatureDigest> {
    const { identity: signer, consortium, keys, limits } = this.#options;
    const text = encodeFeatures(value, limits);
    const { bytes, header } = await sealEnvelope(text, { signer, keys, consortium, kind: KIND, round: value.round });
    const blob = await makeBlob(bytes, bytes.length > SMALL_RELEASE_BYTES ? PIECE_BYTES : SMALL_PIECE_BYTES);
    this.#released = { blob, round: value.round, epoch: header.epoch };
    return { round: value.round, bytes: bytes.length, digest: blob.root };
  }

  /** Drops the release: it was sealed with a key that no longer serves. */
  withdraw(): void {
    this.#released = undefined;
  }

  /** The latest features of every remote. */
  remote(): RemoteFeatures[] {
    return [...this.#remote.values()].map(({ value }) => value);
  }

  /** Whether the release that a head of `peer` names is here already. */
  has(peer: string, digest: string): boolean {
    return this.#remote.get(peer)?.digest === digest;
  }

  /**
   * What the node serves; `keyOf` has the verified key of everybody who is let in, and who `isPaused` is given nothing.
   */
  handlers(
    keyOf: (peer: string) => Bytes,
    isPaused: (peer: string) => boolean = () => false,
  ): Record<string, ChannelHandler> {
    const serve: ChannelHandler["serve"] = (channel, peer, signal) =>
      this.answer(channel, peer, isPaused(peer) ? undefined : keyOf(peer), signal);
    return { [FEATURES_PROTOCOL]: { kind: KIND, doing: "giving it features", serve } };
  }

  /** Serves one stream; without a key to seal to, there is nothing to give. */
  async answer(channel: FrameChannel, peer: string, hpkePublicKey?: Bytes, signal?: AbortSignal): Promise<void> {
    const { keys, audit } = this.#options;
    {
      using limit = new Deadline(this.#transfer, "waiting for its request", signal);
      await channel.receiveMessage((value) => v.parse(wantSchema, value), limit.signal);
    }
    const released = this.#released;
    if (!hpkePublicKey || !released || released.epoch !== keys.epoch) {
      return await channel.sendMessage({ type: "none" }, signal);
    }
    const { blob, round } = released;
    // each giving is a line of the audit log: once for each release, and again where it was cut
    const isAgain = this.#given.get(peer) === blob.root;
    if (isAgain && !this.#pace.take(peer)) return await channel.sendMessage({ type: "none" }, signal);
    this.#given.set(peer, blob.root);
    const key = await keys.packageFor(peer, hpkePublicKey);
    await audit?.({ time: world.now(), kind: KIND, peer, round, bytes: blob.data.length, digest: blob.root });
    await channel.sendMessage({ type: "features", round, key, manifest: blob.manifest }, signal);
    using whole = this.#whole(blob.data.length, signal);
    await serveBlob(channel, blob, { signal: whole.signal, stepTimeout: this.#transfer });
  }

  #whole(bytes: number, signal?: AbortSignal): Deadline {
    return new Deadline(longestTransfer(bytes, this.#transfer), "the transfer as a whole", signal, "not done");
  }

  /**
   * Asks `peer` for its release, verifies, decrypts and keeps it. Resolves to what is new, or `undefined`.
   *
   * @throws if what comes is not an envelope by `peer` for this consortium, a replay, or not features.
   */
  async fetch(channel: FrameChannel, peer: string, signal?: AbortSignal): Promise<RemoteFeatures | undefined> {
    const { identity, consortium, limits, maxBytes = 64 * 1024 * 1024 } = this.#options;
    const stepTimeout = this.#transfer;
    await channel.sendMessage({ type: "want" }, signal);
    using limit = new Deadline(stepTimeout, "waiting for its answer", signal);
    const answer = await channel.receiveMessage((value) => v.parse(answerSchema, value), limit.signal);
    if (answer.type === "none") return undefined;
    const manifest = parseManifest(answer.manifest, { maxBytes });
    const digest = await manifestRoot(manifest);
    if (this.has(peer, digest)) {
      await channel.sendMessage({ type: "pulled" }, signal);
      return undefined;
    }
    const to = { consortium, sender: peer, recipient: identity.peerId, hpkePrivateKey: identity.hpkePrivateKey };
    const key = await openKeyPackage(answer.key, to);
    using whole = this.#whole(manifest.bytes, signal);
    const bytes = await pullBlob(channel, manifest, { signal: whole.signal, stepTimeout, kept: this.#kept });
    const { round } = answer;
    const { text } = await this.#reader.open(bytes, { consortium, sender: peer, kind: KIND, round, key, maxBytes });
    const value = { peer, ...decodeFeatures(text, round, limits) };
    this.#remote.set(peer, { value, digest });
    return value;
  }
}
