/** All sites' pre-training at work, from one state to the next. */
import { join } from "@std/path";
import { unetBackbone } from "../../pretraining/backbone.ts";
import type { Health } from "../../pretraining/health.ts";
import type { FeatureSet, RemoteFeatures } from "../../pretraining/memory_bank.ts";
import { Pretrainer } from "../../pretraining/pretrainer.ts";
import { writeAtomically } from "../../core/files.ts";
import { Rng } from "../../core/rng.ts";
import { flatten, type Layout, layoutOf, type NamedVector, unflatten } from "../../core/vectors.ts";
import { consensusDistance } from "../../mesh/averaging/sketch.ts";
import { decodeFeatures, encodeFeatures } from "../../mesh/features/codec.ts";
import { ReleasePolicy } from "../../peer/policy/release_policy.ts";
import { pretrainConfigOf } from "../protocol/method_fits.ts";
import { type Mixing, openMixing } from "./mixing.ts";
import type { PretrainingRound, PretrainSitesOptions } from "./pretraining.ts";
import type { PretrainingState, SiteState } from "./pretraining_state.ts";
import type { EvaluationSite } from "./sites.ts";

/** What the sites of a pre-training hold, open for rounds. */
export class SitesTraining {
  readonly #sites: readonly EvaluationSite[];
  readonly #options: PretrainSitesOptions;
  readonly #pretrainers: readonly Pretrainer[];
  readonly #layout: Layout;
  readonly #mixing: Mixing;
  readonly #policies: ReleasePolicy[] = [];
  /** Of the sites' noise: a stream for each round, so that what is drawn does not depend on where the rounds began. */
  #noise: Rng[] = [];
  #released: Map<number, RemoteFeatures>;
  readonly bytes: { weights: number; features: number };
  #consensus = 0;

  private constructor(
    sites: readonly EvaluationSite[],
    options: PretrainSitesOptions,
    { pretrainers, layout, state }: { pretrainers: readonly Pretrainer[]; layout: Layout; state: PretrainingState },
  ) {
    const { method: { schedule: { rounds, exchanges }, mixing, averaging }, seed } = options;
    this.#sites = sites;
    this.#options = options;
    this.#pretrainers = pretrainers;
    this.#layout = layout;
    const masses = sites.map(({ training }) => training.length);
    this.#mixing = openMixing({ mixing, averaging, layout, masses, exchanges, rounds, seed });
    this.#released = new Map(
      state.sites.flatMap(({ released }, site) =>
        released ? [[site, { peer: sites[site].name, round: state.round, ...released }]] : []
      ),
    );
    this.bytes = { ...state.bytes };
  }

  /** Opens the sites as `state` says; before the first round its list of sites is empty. */
  static async open(
    sites: readonly EvaluationSite[],
    options: PretrainSitesOptions,
    state: PretrainingState,
  ): Promise<SitesTraining> {
    const { method, network, patch, seed } = options;
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
    state.sites.forEach(({ weights, training }, site) => {
      pretrainers[site].setWeights(weights);
      pretrainers[site].setState(training);
    });
    const layout = layoutOf(await pretrainers[0].weights());
    const opened = new SitesTraining(sites, options, { pretrainers, layout, state });
    for (const site of sites.keys()) opened.#policies.push(await opened.#openPolicy(site, state.sites[site]));
    return opened;
  }

  async #openPolicy(site: number, state: SiteState | undefined): Promise<ReleasePolicy> {
    const normals = (count: number) => Float64Array.from({ length: count }, () => this.#noise[site].normal());
    const policy = new ReleasePolicy(this.#options.method.policy, this.#accountPath(site), normals);
    if (typeof state?.account === "string") {
      await writeAtomically(this.#accountPath(site), state.account); // rounds that are run again are paid for once
      await policy.open();
    }
    return policy;
  }

  #accountPath(site: number): string {
    return join(this.#options.directory, `privacy-${site + 1}.json`);
  }

  /** Trains, releases and averages. */
  async round(round: number): Promise<PretrainingRound> {
    const { method: { schedule: { rounds, stepsPerRound }, leaves }, seed } = this.#options;
    const present = [...this.#sites.keys()].filter((site) =>
      site !== (leaves?.site ?? 0) - 1 || round <= leaves!.round
    );
    this.#noise = this.#sites.map(({ name }) => new Rng(seed).fork(`policy/${name}/round ${round}`));
    const next = new Map<number, RemoteFeatures>();
    let loss = 0;
    for (const site of present) {
      const remote = [...this.#released].flatMap(([other, features]) => other === site ? [] : [features]);
      const training = this.#pretrainers[site].round({ round, steps: stepsPerRound, remote });
      let step = await training.next();
      while (!step.done) step = await training.next();
      loss += step.value.meanLoss / present.length;
      const features = await this.#release(site, round, step.value.release, present.length - 1);
      if (features) next.set(site, features);
    }
    this.#released = next;
    await this.#average(round, present);
    return { round, rounds, loss, consensus: this.#consensus };
  }

  /** What the policy lets go, as `receivers` other sites decode it. */
  async #release(site: number, round: number, release: FeatureSet, receivers: number) {
    if (release.partitions.length === 0) return undefined;
    const permitted = await this.#policies[site].apply({ round, ...release });
    if (!permitted.release) return undefined;
    const message = encodeFeatures(permitted.release);
    this.bytes.features += message.length * receivers;
    return { peer: this.#sites[site].name, ...decodeFeatures(message, round) };
  }

  async #average(round: number, present: readonly number[]): Promise<void> {
    const vectors: Float32Array[] = [];
    for (const pretrainer of this.#pretrainers) vectors.push(flatten(await pretrainer.weights()));
    this.bytes.weights += this.#mixing.mix(vectors, round, present);
    for (const site of present) this.#pretrainers[site].setWeights(unflatten(vectors[site], this.#layout));
    this.#consensus = consensusDistance(present.map((site) => vectors[site]));
  }

  async #account(site: number): Promise<string | null> {
    if (this.#options.method.policy.noise === null) return null;
    try {
      return await Deno.readTextFile(this.#accountPath(site));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null; // nothing was paid for yet
      throw error;
    }
  }

  /** What each site goes on from. */
  async states(): Promise<SiteState[]> {
    const states: SiteState[] = [];
    for (const [site, pretrainer] of this.#pretrainers.entries()) {
      const released = this.#released.get(site);
      states.push({
        weights: await pretrainer.weights(),
        training: await pretrainer.state(),
        released: released ? { features: released.features, partitions: released.partitions } : null,
        account: await this.#account(site),
      });
    }
    return states;
  }

  /** What the sites have come to. */
  async result(): Promise<{ weights: NamedVector[][]; health: (Health | null)[]; consensus: number }> {
    const health: (Health | null)[] = [];
    for (const [site, { probe }] of this.#sites.entries()) {
      health.push(probe.length > 0 ? await this.#pretrainers[site].health(probe) : null);
    }
    const weights = await Promise.all(this.#pretrainers.map((pretrainer) => pretrainer.encoderWeights()));
    return { weights, health, consensus: this.#consensus };
  }

  /** Frees every tensor. */
  async dispose(): Promise<void> {
    for (const pretrainer of this.#pretrainers) await pretrainer.dispose();
  }
}
