/**
 * The pre-training of all sites, which take turns on one engine.
 *
 * A round is what it is among peers (`src/peer/peer.ts`): train with the features that the others released after the round
 * before, release features through the site's policy and the wire's encoding, average weights. Nothing is lost on the way.
 *
 * @module
 */
import { join } from "@std/path";
import { unetBackbone } from "../../contrastive/backbone.ts";
import type { Health } from "../../contrastive/health.ts";
import type { RemoteFeatures } from "../../contrastive/memory_bank.ts";
import { Pretrainer } from "../../contrastive/pretrainer.ts";
import { Rng } from "../../core/rng.ts";
import { flatten, layoutOf, type NamedVector, unflatten } from "../../core/vectors.ts";
import { consensusDistance } from "../../mesh/averaging/sketch.ts";
import { decodeFeatures, encodeFeatures } from "../../mesh/features_codec.ts";
import type { UNetConfig } from "../../model/config.ts";
import type { NetworkPlan } from "../../peer/network_plan.ts";
import { ReleasePolicy } from "../../peer/policy/release_policy.ts";
import { pretrainConfigOf } from "../protocol/method_fits.ts";
import type { Method } from "../protocol/protocol.ts";
import { openMixing } from "./mixing.ts";
import type { EvaluationSite } from "./sites.ts";

/** Options of {@linkcode pretrainSites}. */
export interface PretrainSitesOptions {
  method: Method;
  network: UNetConfig;
  patch: NetworkPlan["patch"];
  seed: number;
  /** For the sites' privacy accounts. */
  directory: string;
}

/** After each round. */
export interface PretrainingRound {
  round: number;
  rounds: number;
  /** Mean over the sites; NaN where all steps were skipped. */
  loss: number;
  /** Of the sites' weights after averaging. */
  consensus: number;
}

/** What pre-training ends with. */
export interface PretrainedSites {
  /** By site: what a segmentation network starts from. */
  weights: NamedVector[][];
  /** By site, at the end, where there are probes. */
  health: (Health | null)[];
  consensus: number;
  bytes: { weights: number; features: number };
}

/** Pre-trains; a method without an objective has nothing to pre-train. */
export async function* pretrainSites(
  sites: readonly EvaluationSite[],
  options: PretrainSitesOptions,
): AsyncGenerator<PretrainingRound, PretrainedSites> {
  const { method, network, patch, seed, directory } = options;
  const { schedule: { rounds, stepsPerRound, exchanges }, mixing, averaging, leaves } = method;
  const config = pretrainConfigOf(method, patch);
  const pretrainers = sites.map(({ name, training }) =>
    new Pretrainer({
      config,
      createBackbone: unetBackbone(network, config),
      cases: training,
      rng: new Rng(seed).fork(`site/${name}`),
      modelRng: new Rng(seed).fork("model"),
    })
  );
  try {
    const layout = layoutOf(await pretrainers[0].weights());
    const masses = sites.map(({ training }) => training.length);
    const mixer = openMixing({ mixing, averaging, layout, masses, exchanges, rounds, seed });
    const policies = sites.map(({ name }, site) => {
      const rng = new Rng(seed).fork(`policy/${name}`);
      const normals = (count: number) => Float64Array.from({ length: count }, () => rng.normal());
      return new ReleasePolicy(method.policy, join(directory, `privacy-${site + 1}.json`), normals);
    });
    const bytes = { weights: 0, features: 0 };
    let released = new Map<number, RemoteFeatures>(), consensus = 0;
    for (let round = 1; round <= rounds; round++) {
      const present = [...sites.keys()].filter((site) => !leaves || site !== leaves.site - 1 || round <= leaves.round);
      const vectors = new Array<Float32Array>(sites.length);
      const next = new Map<number, RemoteFeatures>();
      let loss = 0;
      for (const site of present) {
        const remote = [...released].flatMap(([other, features]) => other === site ? [] : [features]);
        const training = pretrainers[site].round({ round, steps: stepsPerRound, remote });
        let step = await training.next();
        while (!step.done) step = await training.next();
        loss += step.value.meanLoss / present.length;
        vectors[site] = flatten(await pretrainers[site].weights());
        const { release } = step.value;
        if (release.partitions.length === 0) continue;
        const permitted = await policies[site].apply({ round, ...release });
        if (!permitted.release) continue;
        const message = encodeFeatures(permitted.release);
        bytes.features += message.length * (present.length - 1);
        next.set(site, { peer: sites[site].name, ...decodeFeatures(message, round) });
      }
      released = next;
      for (const site of sites.keys()) vectors[site] ??= flatten(await pretrainers[site].weights());
      bytes.weights += mixer.mix(vectors, round, present);
      for (const site of present) pretrainers[site].setWeights(unflatten(vectors[site], layout));
      consensus = consensusDistance(present.map((site) => vectors[site]));
      yield { round, rounds, loss, consensus };
    }
    const health: (Health | null)[] = [];
    for (const [site, { probe }] of sites.entries()) {
      health.push(probe.length > 0 ? await pretrainers[site].health(probe) : null);
    }
    const weights = await Promise.all(pretrainers.map((pretrainer) => pretrainer.encoderWeights()));
    return { weights, health, consensus, bytes };
  } finally {
    for (const pretrainer of pretrainers) await pretrainer.dispose();
  }
}
