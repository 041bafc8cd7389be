/** All sites' pre-training at work, from one state to the next. */
import { join } from "@std/path";
import type { Health } from "../../pretraining/health.ts";
import type { Pretrainer } from "../../pretraining/pretrainer.ts";
import { openPretrainer } from "../../pretraining/site_pretrainer.ts";
import { writeAtomically } from "../../core/files.ts";
import { Rng } from "../../core/rng.ts";
import { flatten, layoutOf, type NamedVector } from "../../core/vectors.ts";
import { ReleasePolicy } from "../../peer/policy/release_policy.ts";
import { pretrainConfigOf } from "../protocol/method_fits.ts";
import { openAveraging } from "../../studies/averaging.ts";
import { Consortium, type ConsortiumSite } from "../../studies/consortium.ts";
import { pretraining } from "../../studies/trainings/pretrainer.ts";
import type { PretrainingRound, SitesTrainingOptions } from "./pretraining_options.ts";
import type { PretrainingState, SiteState } from "./pretraining_state.ts";
import type { EvaluationSite } from "./sites.ts";

/** What the sites of a pre-training hold, open for rounds. */
export class SitesTraining {
  readonly #sites: readonly EvaluationSite[];
  readonly #options: SitesTrainingOptions;
  readonly #pretrainers: readonly Pretrainer[];
  readonly #consortium: Consortium;
  readonly #noise: Rng[];
  #consensus = 0;

  private constructor(
    sites: readonly EvaluationSite[],
    options: SitesTrainingOptions,
    opened: { pretrainers: readonly Pretrainer[]; consortium: Consortium; noise: Rng[] },
  ) {
    this.#sites = sites;
    this.#options = options;
    this.#pretrainers = opened.pretrainers;
    this.#consortium = opened.consortium;
    this.#noise = opened.noise;
  }

  /** Opens the sites as `state` says; before the first round its list of sites is empty. */
  static async open(
    sites: readonly EvaluationSite[],
    options: SitesTrainingOptions,
    state: PretrainingState,
  ): Promise<SitesTraining> {
    const { method, network, patch, seed, directory } = options;
    const { schedule: { rounds, stepsPerRound: steps, exchanges }, mixing, averaging } = method;
    const config = pretrainConfigOf(method, patch);
    const pretrainers = await Promise.all(
      sites.map(({ name: site, training: cases }) => openPretrainer({ network, config, seed, site, cases })),
    );
    state.sites.forEach(({ weights, training }, site) => {
      pretrainers[site].setWeights(weights);
      pretrainers[site].setState(training);
    });
    const layout = layoutOf(await pretrainers[0].weights());
    const noise: Rng[] = [];
    const members: ConsortiumSite[] = [];
    for (const [site, pretrainer] of pretrainers.entries()) {
      const normals = (count: number) => Float64Array.from({ length: count }, () => noise[site].normal());
      const policy = new ReleasePolicy(method.policy, accountPath(directory, site), normals);
      const account = state.sites[site]?.account ?? null;
      if (account !== null) {
        await writeAtomically(accountPath(directory, site), account); // rounds that are run again are paid for once
        await policy.open();
      }
      const training = pretraining(pretrainer, { steps, layout });
      members.push({ name: sites[site].name, training, vector: flatten(await pretrainer.weights()), policy });
    }
    const masses = sites.map(({ training }) => training.length);
    const released = state.sites.map(({ released }, site) =>
      released ? { peer: sites[site].name, round: state.round, ...released } : undefined
    );
    const consortium = new Consortium(
      members,
      openAveraging({ mixing, averaging, layout, masses, exchanges, rounds, seed }),
      { released, bytes: state.bytes },
    );
    return new SitesTraining(sites, options, { pretrainers, consortium, noise });
  }

  /** Sent by all sites together so far. */
  get bytes(): PretrainingState["bytes"] {
    return this.#consortium.bytes;
  }

  /** Trains, releases and averages. */
  async round(round: number): Promise<PretrainingRound> {
    const { method: { schedule: { rounds }, leaves }, seed } = this.#options;
    const present = [...this.#sites.keys()].filter((site) =>
      site !== (leaves?.site ?? 0) - 1 || round <= leaves!.round
    );
    // a stream for each round: what is drawn does not depend on where the rounds began
    this.#sites.forEach(({ name }, site) => this.#noise[site] = new Rng(seed).fork(`policy/${name}/round ${round}`));
    const { loss, consensus } = await this.#consortium.round(round, present);
    this.#consensus = consensus;
    return { round, rounds, loss, consensus };
  }

  async #account(site: number): Promise<string | null> {
    if (this.#options.method.policy.noise === null) return null;
    try {
      return await Deno.readTextFile(accountPath(this.#options.directory, site));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null; // nothing was paid for yet
      throw error;
    }
  }

  /** What each site goes on from. */
  async states(): Promise<SiteState[]> {
    const states: SiteState[] = [];
    for (const [site, pretrainer] of this.#pretrainers.entries()) {
      const released = this.#consortium.released[site];
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

/** Where a site's privacy account lies. */
function accountPath(directory: string, site: number): string {
  return join(directory, `privacy-${site + 1}.json`);
}
