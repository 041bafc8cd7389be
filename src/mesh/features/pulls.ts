/**
 * When to ask a member for its embeddings: once for each release that its heads name, one request to a member at a
 * time.
 *
 * @module
 */
import type { Head } from "../heads/head.ts";
import type { Peers } from "../protocols/peers.ts";
import type { Traffic } from "../protocols/traffic.ts";
import { type FeatureExchange, FEATURES_PROTOCOL } from "./exchange.ts";

/** Features of `peer` arrived, verified and decrypted. */
export interface FeaturesEvent {
  /** Features of another site have come. */
  type: "features";
  /** The peer id of that site. */
  peer: string;
  /** The round that they were released in. */
  round: number;
  /** Embeddings. */
  count: number;
  /** Sealed. */
  bytes: number;
}

/** What {@linkcode FeaturePulls} works with. */
export interface FeaturePullsOptions {
  features: FeatureExchange;
  peers: Peers;
  traffic: Traffic;
  emit: (event: FeaturesEvent) => void;
}

/** Asks members for what they released. */
export class FeaturePulls {
  readonly #options: FeaturePullsOptions;
  readonly #pulling = new Map<string, { again: boolean }>();

  constructor(options: FeaturePullsOptions) {
    this.#options = options;
  }

  /**
   * Whether the release that `head` of `peer` names should be asked for now; one that is under way will ask again by
   * itself.
   */
  wants(peer: string, head: Head): boolean {
    const { peers, features } = this.#options;
    if (!peers.isPresent(peer)) return false;
    if (!head.features || features.has(peer, head.features.digest)) return false;
    const pulling = this.#pulling.get(peer);
    if (pulling) pulling.again = true;
    return !pulling;
  }

  /** Takes what `peer` has released. @throws if it sends what must be refused. */
  async pull(peer: string): Promise<void> {
    const { peers, features, traffic, emit } = this.#options;
    const turn = { again: true };
    this.#pulling.set(peer, turn);
    try {
      while (turn.again && peers.isPresent(peer)) {
        turn.again = false;
        const before = traffic.totals().embeddings.received;
        const link = { protocol: FEATURES_PROTOCOL, kind: "embeddings", resumes: true } as const;
        const { signal } = peers;
        const value = await peers.use(peer, link, (channel) => features.fetch(channel, peer, signal));
        if (!value) continue;
        const bytes = traffic.totals().embeddings.received - before;
        emit({ type: "features", peer, round: value.round, count: value.partitions.length, bytes });
      }
    } finally {
      this.#pulling.delete(peer);
    }
  }
}
