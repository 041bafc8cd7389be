/**
 * A peer's part in the exchange of embeddings: gives its latest release, and takes those that the others' heads name.
 *
 * @module
 */
import type { Bytes } from "../../core/bytes.ts";
import type { RemoteFeatures, RoundFeatures } from "../../core/features.ts";
import { messageOf } from "../../core/errors.ts";
import { SenderKeys } from "../envelope/sender_keys.ts";
import type { FeatureDigest, Head } from "../heads/head.ts";
import type { Background } from "../protocols/background.ts";
import type { ChannelHandler } from "../protocols/peers.ts";
import { FeatureExchange, type FeatureExchangeOptions, isOffence } from "./exchange.ts";
import { FeaturePulls, type FeaturePullsOptions } from "./pulls.ts";

/** What {@linkcode FeatureSharing} works with. */
export interface FeatureSharingOptions
  extends Omit<FeatureExchangeOptions, "keys">, Omit<FeaturePullsOptions, "features"> {
  /** Larger than in every earlier life of this peer, so that its sender keys are newer. */
  epoch: number;
  background: Background;
  /** Whether nothing is given to a member, nor taken of it, for what it did. */
  isPaused: (peer: string) => boolean;
  /** Told, in a sentence, what a member gave that cannot be used. */
  offence: (peer: string, what: string) => void;
}

/** Gives and takes features. */
export class FeatureSharing {
  readonly #options: FeatureSharingOptions;
  readonly #keys: SenderKeys;
  readonly #exchange: FeatureExchange;
  readonly #pulls: FeaturePulls;
  #released: FeatureDigest | undefined;

  constructor(options: FeatureSharingOptions) {
    const { identity, consortium, epoch } = options;
    this.#options = options;
    this.#keys = new SenderKeys(identity, { consortium, epoch });
    this.#exchange = new FeatureExchange({ ...options, keys: this.#keys });
    this.#pulls = new FeaturePulls({ ...options, features: this.#exchange });
  }

  /** What others are told of the latest release; undefined before the first, and once it has been withdrawn. */
  get released(): FeatureDigest | undefined {
    return this.#released;
  }

  /** Seals embeddings and keeps them for members who ask. @throws {RangeError} if malformed. */
  async release(value: RoundFeatures): Promise<FeatureDigest> {
    return this.#released = await this.#exchange.release(value);
  }

  /** The latest embeddings of every remote. */
  remote(): RemoteFeatures[] {
    return this.#exchange.remote();
  }

  /** Takes what `head` of `peer` names, in the background, unless it is here or under way. */
  hear(peer: string, head: Head): void {
    const { background, isPaused, offence } = this.#options;
    if (isPaused(peer) || !this.#pulls.wants(peer, head)) return;
    background.run(peer, "taking its features", () =>
      this.#pulls.pull(peer).catch((error) => {
        if (isOffence(error)) offence(peer, messageOf(error));
        throw error;
      }));
  }

  /** A new sender key: what is released from now on cannot be read with the old one. */
  rekey(): void {
    this.#keys.rekey();
    this.#exchange.withdraw();
    this.#released = undefined;
  }

  /** What the node serves; `keyOf` has the verified key of everybody who is let in. */
  handlers(keyOf: (peer: string) => Bytes): Record<string, ChannelHandler> {
    return this.#exchange.handlers(keyOf, this.#options.isPaused);
  }
}
