/**
 * Real trainers that take turns on one engine: they train, release through their policies, and take the mean of all.
 *
 * A round is what it is in `src/peer/peer.ts`, with everybody there, equal weights and nothing lost on the way.
 *
 * @module
 */
import { join } from "@std/path";
import type { FeatureSet } from "../../src/core/features.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import { ReleasePolicy } from "../../src/peer/policy/release_policy.ts";
import type { Trainer } from "../../src/peer/trainer.ts";
import type { RemoteFeatures } from "../../src/core/features.ts";

/** A site that trains. */
export interface Site {
  readonly configuration: PeerConfiguration;
  readonly trainer: Trainer;
}

/** What came of the pre-training. */
export interface Pretrained {
  /** What all sites have at the end, in the order of their layout. */
  readonly vector: Float32Array;
  /** What each site released in the last round; undefined where nothing left. */
  readonly released: readonly (FeatureSet | undefined)[];
  readonly neighbours: readonly number[];
  readonly deviation: number;
  readonly spentEpsilon: number | null;
}

/** Pre-trains all; their trainers hold the mean afterwards. */
export async function pretrain(sites: readonly Site[], rounds: number): Promise<Pretrained> {
  const policies = sites.map(({ configuration: { policy, stateDirectory } }) =>
    new ReleasePolicy(policy, join(stateDirectory, "privacy.json"))
  );
  for (const policy of policies) await policy.open();
  let released: (RemoteFeatures | undefined)[] = [];
  let vector = new Float32Array();
  let neighbours: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const vectors: Float32Array[] = [];
    const next: typeof released = [];
    for (const [index, { trainer, configuration: { name: peer } }] of sites.entries()) {
      const others = released.filter((release) => release !== undefined && release.peer !== peer) as RemoteFeatures[];
      const result = await trainer.round(round, others, () => {});
      vectors.push(result.vector);
      const { release } = await policies[index].apply({ round, ...result.release });
      next.push(release && { peer, ...release });
    }
    released = next;
    vector = meanOf(vectors);
    neighbours = [];
    for (const { trainer } of sites) {
      const { health } = await trainer.adopt(round, { vector });
      neighbours.push(health?.neighbourAccuracy ?? NaN);
    }
  }
  const noise = policies[0].applied(rounds)?.noise;
  return {
    ...{ vector, released, neighbours },
    ...{ deviation: noise?.deviation ?? 0, spentEpsilon: noise?.spentEpsilon ?? null },
  };
}

/** Value by value. */
function meanOf(vectors: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const mean = new Float32Array(vectors[0].length);
  for (const vector of vectors) vector.forEach((value, i) => mean[i] += value / vectors.length);
  return mean;
}
