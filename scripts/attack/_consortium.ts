/**
 * The study's consortium: real trainers that train, release through their policies, and take the plain mean of all.
 *
 * A round is what it is in `src/studies/consortium.ts`, with everybody there and equal weights.
 *
 * @module
 */
import { join } from "@std/path";
import type { FeatureSet } from "../../src/core/features.ts";
import { ReleasePolicy } from "../../src/peer/policy/release_policy.ts";
import type { SitesAveraging } from "../../src/studies/averaging.ts";
import { Consortium } from "../../src/studies/consortium.ts";
import type { PeerSite } from "../../src/studies/peer_sites.ts";
import { TrainerRounds } from "../../src/studies/trainings/trainer.ts";

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
export async function pretrain(sites: readonly PeerSite[], rounds: number): Promise<Pretrained> {
  const policies = sites.map(({ configuration: { policy, stateDirectory } }) =>
    new ReleasePolicy(policy, join(stateDirectory, "privacy.json"))
  );
  for (const policy of policies) await policy.open();
  const trainings = sites.map(({ trainer }) => new TrainerRounds(trainer));
  let mean = sites[0].opened.vector;
  const averaging: SitesAveraging = {
    average(vectors) {
      mean = meanOf(vectors);
      vectors.fill(mean);
      return { bytes: 0, refused: [] };
    },
  };
  const consortium = new Consortium(
    sites.map(({ configuration: { name }, opened: { vector } }, site) => ({
      ...{ name, vector, training: trainings[site], policy: policies[site] },
    })),
    averaging,
  );
  for (let round = 1; round <= rounds; round++) await consortium.round(round);
  const noise = policies[0].applied(rounds)?.noise;
  return {
    vector: mean,
    released: consortium.released,
    neighbours: trainings.map(({ health }) => health?.neighbourAccuracy ?? NaN),
    ...{ deviation: noise?.deviation ?? 0, spentEpsilon: noise?.spentEpsilon ?? null },
  };
}

/** Value by value, in single precision, as the tables were made. */
function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(vectors[0].length);
  for (const vector of vectors) vector.forEach((value, i) => mean[i] += value / vectors.length);
  return mean;
}
