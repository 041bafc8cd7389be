/**
 * The pre-training of all sites, which take turns on one engine (`src/studies/consortium.ts`).
 *
 * @module
 */
import type { Health } from "../../pretraining/health.ts";
import type { NamedVector } from "../../core/vectors.ts";
import { SitesTraining } from "./_sites_training.ts";
import type { PretrainingRound, SitesTrainingOptions } from "./pretraining_options.ts";
import { findState, keepState, type PretrainingState, stateDirectory } from "./pretraining_state.ts";
import type { EvaluationSite } from "./sites.ts";

/** Options of {@linkcode pretrainSites}. */
export interface PretrainSitesOptions extends SitesTrainingOptions {
  /** Of everything that the pre-training depends on: only what has the same is gone on with. */
  digest: string;
  /** Rounds after which is kept what a killed run goes on from. @default 10 */
  every?: number;
}

/** What pre-training ends with. */
export interface PretrainedSites {
  /** By site: what a segmentation network starts from. */
  weights: NamedVector[][];
  /** By site, at the end, where there are probes. */
  health: (Health | null)[];
  /** Of the sites' weights after the last averaging. */
  consensus: number;
  /** Sent by all sites together. */
  bytes: { weights: number; features: number };
  /** Wall clock, of killed runs up to what was gone on from. */
  seconds: number;
}

/** Before the first round. */
const BEGINNING: PretrainingState = { round: 0, seconds: 0, bytes: { weights: 0, features: 0 }, sites: [] };

/**
 * Pre-trains, from where a killed run had kept its state; a method without an objective has nothing to pre-train.
 *
 * Whoever keeps a state goes on from it, too: the sites are opened anew, so that a run that was killed and one that was
 * not come to the same. What compressed links remember of each other's weights is forgotten then, too: with int8 that
 * leaves the sites a little farther apart for some rounds, which is why it is not done after each of them. What is kept
 * of optimisers and momentum networks is rounded (see `_packed_sites.ts`).
 *
 * @throws {UserError} if what was kept comes from other settings or data.
 */
export async function* pretrainSites(
  sites: readonly EvaluationSite[],
  options: PretrainSitesOptions,
): AsyncGenerator<PretrainingRound, PretrainedSites> {
  const { method: { schedule: { rounds } }, directory, digest, every = 10 } = options;
  await Deno.mkdir(directory, { recursive: true });
  const place = { directory: stateDirectory(directory), digest };
  let state = await findState(place) ?? BEGINNING;
  const started = performance.now() - 1000 * state.seconds;
  const seconds = () => (performance.now() - started) / 1000;
  for (;;) {
    const training = await SitesTraining.open(sites, options, state);
    try {
      const until = Math.min(rounds, state.round + every);
      for (let round = state.round + 1; round <= until; round++) yield await training.round(round);
      if (until === rounds) return { ...await training.result(), bytes: training.bytes, seconds: seconds() };
      const { bytes } = training;
      state = await keepState(place, { round: until, seconds: seconds(), bytes, sites: await training.states() });
    } finally {
      await training.dispose();
    }
  }
}
