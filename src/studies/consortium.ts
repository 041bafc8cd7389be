/**
 * Sites that take turns on one engine.
 *
 * A round is what it is among peers (`src/peer/peer.ts`): each site trains with the features that the others released
 * after the round before, and releases features through its policy and the wire's encoding; then all average what they
 * have. Nothing is lost on the way, and nobody waits. The room's `mod.ts` has an example.
 *
 * @module
 */
import { mean } from "../core/statistics.ts";
import { consensusDistance } from "../mesh/heads/sketch.ts";
import { decodeFeatures, encodeFeatures } from "../mesh/features/codec.ts";
import type { ReleasePolicy } from "../peer/policy/release_policy.ts";
import type { FeatureSet, RemoteFeatures } from "../core/features.ts";
import type { Averaged, SitesAveraging } from "./averaging.ts";

/** What a site has come to by itself in a round. */
export interface SiteRound {
  /** All that is averaged. */
  readonly vector: Float32Array;
  /** NaN where all steps were skipped. */
  readonly loss: number;
  /** What may leave if the policy lets it; absent: this training has no features. */
  readonly release?: FeatureSet;
}

/** Whatever a site trains, a round at a time. */
export interface SiteTraining {
  /**
   * Trains from what was adopted last.
   *
   * @param round from 1
   * @param remote what the other sites released after the round before
   */
  train(round: number, remote: readonly RemoteFeatures[]): Promise<SiteRound>;
  /** Takes what averaging has made of the round. */
  adopt(round: number, vector: Float32Array): Promise<void> | void;
}

/** One that takes its turn. */
export interface ConsortiumSite {
  /** By which the others know what it released. */
  readonly name: string;
  /** Absent: a liar, for whom the averaging's attack speaks. */
  readonly training?: SiteTraining;
  /** What it has before the first round; of a liar, only the length counts. */
  readonly vector: Float32Array;
  /** Absent: features are handed over as training gives them, unencoded, and no bytes are counted for them. */
  readonly policy?: ReleasePolicy;
}

/** Where an earlier consortium had stopped. */
export interface ConsortiumState {
  /** By site; undefined where nothing left. */
  readonly released: readonly (RemoteFeatures | undefined)[];
  /** Sent by all sites together. */
  readonly bytes: { readonly weights: number; readonly features: number };
}

/** After a round. */
export interface ConsortiumRound extends Pick<Averaged, "refused"> {
  /** Mean over the sites that trained. */
  readonly loss: number;
  /** Distance of their vectors from the mean after averaging, relative to its norm. */
  readonly consensus: number;
}

/** All sites, from one round to the next. */
export class Consortium {
  readonly #sites: readonly ConsortiumSite[];
  readonly #averaging: SitesAveraging;
  readonly #vectors: Float32Array[];
  #released: readonly (RemoteFeatures | undefined)[];
  readonly #bytes: { weights: number; features: number };

  /**
   * Opens them.
   *
   * @param state what to go on from; the sites' own is in their trainings. @default before the first round
   */
  constructor(sites: readonly ConsortiumSite[], averaging: SitesAveraging, state?: ConsortiumState) {
    this.#sites = sites;
    this.#averaging = averaging;
    this.#vectors = sites.map(({ vector }) => vector);
    this.#released = state?.released ?? [];
    this.#bytes = { weights: 0, features: 0, ...state?.bytes };
  }

  /** What each site released after the last round; undefined where nothing left. */
  get released(): readonly (RemoteFeatures | undefined)[] {
    return this.#sites.map((_, site) => this.#released[site]);
  }

  /** Sent by all sites together so far. */
  get bytes(): { readonly weights: number; readonly features: number } {
    return { ...this.#bytes };
  }

  /**
   * Trains, releases and averages.
   *
   * @param round from 1
   * @param present places of those that take part, one of whom trains at least. @default all
   */
  async round(round: number, present: readonly number[] = [...this.#sites.keys()]): Promise<ConsortiumRound> {
    const training = present.filter((site) => this.#sites[site].training);
    const next: (RemoteFeatures | undefined)[] = this.#sites.map(() => undefined);
    const losses: number[] = [];
    for (const site of training) {
      const remote = this.#released.filter((one, other) => one !== undefined && other !== site) as RemoteFeatures[];
      const trained = await this.#sites[site].training!.train(round, remote);
      losses.push(trained.loss);
      this.#vectors[site] = trained.vector;
      next[site] = await this.#release(site, round, trained.release, training.length - 1);
    }
    this.#released = next;
    const { bytes, refused } = this.#averaging.average(this.#vectors, round, present);
    this.#bytes.weights += bytes;
    for (const site of training) await this.#sites[site].training!.adopt(round, this.#vectors[site]);
    return { loss: mean(losses), consensus: this.consensus(training), refused };
  }

  /**
   * A site that was away takes what another has come to, as a peer does that comes late.
   *
   * @param round the last that the other has done
   */
  async follow(round: number, site: number, other: number): Promise<void> {
    this.#vectors[site] = this.#vectors[other].slice();
    await this.#sites[site].training?.adopt(round, this.#vectors[site]);
  }

  /** Distance of some sites' vectors from their mean, relative to its norm. */
  consensus(sites: readonly number[]): number {
    return consensusDistance(sites.map((site) => this.#vectors[site]));
  }

  /** What the policy lets go, as `receivers` other sites decode it. */
  async #release(site: number, round: number, release: FeatureSet | undefined, receivers: number) {
    if (!release?.partitions.length) return undefined;
    const { name, policy } = this.#sites[site];
    if (!policy) return { peer: name, round, ...release };
    const { release: permitted } = await policy.apply({ round, ...release });
    if (!permitted) return undefined;
    const message = encodeFeatures(permitted);
    this.#bytes.features += message.length * receivers;
    return { peer: name, ...decodeFeatures(message, round) };
  }
}
