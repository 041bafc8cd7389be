/**
 * Contrastive pre-training of one site: rounds of local steps, between which weights and features are exchanged.
 *
 * @example
 * ```ts
 * const pretrainer = new Pretrainer({ config, createBackbone: unetBackbone(network, config), cases, rng, modelRng });
 * const round = pretrainer.round({ round: 1, steps: 50, remote: [] });
 * let next = await round.next();
 * for (; !next.done; next = await round.next()) console.log(next.value.step, next.value.loss);
 * const { meanLoss, release } = next.value; // the release is what the others may see of this site
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type { NamedVector } from "../core/vectors.ts";
import { samplePatch } from "../data/patches.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { globalNorm } from "../engine/optimizer.ts";
import { readWeights, writeWeights } from "../model/weights.ts";
import { DivergenceWatch } from "./_divergence.ts";
import type { CreateBackbone } from "./backbone.ts";
import type { PretrainConfig } from "./configuration.ts";
import { type Health, measureHealth } from "./health.ts";
import type { FeatureSet, RemoteFeatures } from "./memory_bank.ts";
import type { Objective, ObjectiveStep } from "./objectives/objective.ts";
import { createObjective } from "./objectives/registry.ts";
import { Optimiser } from "./optimiser.ts";
import { sampleViews, stackPatches } from "./views.ts";

/** What a pretrainer is made from. */
export interface PretrainerOptions {
  config: PretrainConfig;
  createBackbone: CreateBackbone;
  /** The site's training volumes, at least one. */
  cases: readonly PreparedCase[];
  /** Volumes, views and negatives are drawn from it: a stream of the site's own. */
  rng: Rng;
  /** Initial weights are a pure function of it: the same on every site. */
  modelRng: Rng;
}

/** Options of {@linkcode Pretrainer.round}. */
export interface RoundOptions {
  /** The round's number; what is drawn in a round is a pure function of it, so a repeated round repeats itself. */
  round: number;
  /** Local steps. */
  steps: number;
  /** What other sites released since the last round. @default none */
  remote?: readonly RemoteFeatures[];
  signal?: AbortSignal;
}

/** After each step. */
export interface StepProgress {
  /** From 1. */
  step: number;
  steps: number;
  /** NaN where the step was skipped. */
  loss: number;
}

/** What a round ends with. */
export interface RoundResult {
  /** Over the steps that were not skipped; NaN where all were. */
  meanLoss: number;
  /** For the other sites. */
  release: FeatureSet;
  /** Steps skipped because loss or gradients were not finite. */
  skipped: number;
  /** Other sites' features that were malformed. */
  refused: { peer: string; reason: string }[];
}

/** Patches that are embedded to measure health. */
const PROBE_PATCHES = 24;

/** One site's objective, optimiser and data. */
export class Pretrainer {
  readonly #config: PretrainConfig;
  readonly #cases: readonly PreparedCase[];
  readonly #rng: Rng;
  readonly #objective: Objective;
  readonly #optimiser: Optimiser;

  /** @throws {UserError} if there is no case or no such objective. */
  constructor({ config, createBackbone, cases, rng, modelRng }: PretrainerOptions) {
    if (cases.length === 0) throw new UserError("starting pre-training: there must be at least one volume");
    this.#config = config;
    this.#cases = cases;
    this.#rng = rng;
    this.#objective = createObjective({ config, createBackbone, modelRng });
    this.#optimiser = new Optimiser(this.#objective.variables, config);
  }

  /**
   * Trains for one round. The optimiser's state and the queue are kept from round to round.
   *
   * @returns a generator of progress that ends with the round's result.
   * @throws {DivergedError} if five steps in a row were not finite.
   */
  async *round(options: RoundOptions): AsyncGenerator<StepProgress, RoundResult> {
    const { round, steps, remote = [], signal } = options;
    const rng = this.#rng.fork(`round ${round}`);
    const refused = this.#admit(remote, round);
    const nextCases = drawCases(this.#cases, rng.fork("cases"));
    const watch = new DivergenceWatch(this.#objective.variables);
    let total = 0;
    for (let step = 1; step <= steps; step++) {
      signal?.throwIfAborted();
      const loss = await this.#step(nextCases(this.#config.volumes), rng.fork(`step ${step}`), watch);
      if (Number.isFinite(loss)) total += loss;
      yield { step, steps, loss };
      await new Promise((resolve) => setTimeout(resolve)); // messages, an abort among them, come in between two steps
    }
    const release = this.#objective.release(this.#config.release, rng.fork("release"));
    return { meanLoss: total / (steps - watch.skipped), release, skipped: watch.skipped, refused };
  }

  /** Loss of one step; NaN where it was skipped. */
  async #step(cases: readonly PreparedCase[], rng: Rng, watch: DivergenceWatch): Promise<number> {
    const batch = sampleViews(cases, this.#config, rng.fork("views"));
    let step: ObjectiveStep | undefined;
    try {
      step = this.#objective.step(batch, { rng: rng.fork("objective"), step: this.#optimiser.steps });
      const { loss, gradients, finish } = step;
      const [value] = await loss.data();
      const norm = await globalNorm(gradients);
      const finite = Number.isFinite(value) && Number.isFinite(norm);
      if (finite) this.#optimiser.apply(gradients, norm);
      await finish(finite);
      await watch.see({ finite, loss: value, gradients, cases });
      return finite ? value : NaN;
    } finally {
      tf.dispose([...batch.images]);
      step?.loss.dispose();
      if (step) tf.dispose([...step.gradients.values()]);
    }
  }

  #admit(remote: readonly RemoteFeatures[], round: number): RoundResult["refused"] {
    const refused: RoundResult["refused"] = [];
    for (const release of remote) {
      try {
        this.#objective.admit(release, round);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refused.push({ peer: release.peer, reason: messageOf(error) });
      }
    }
    this.#objective.expire(round);
    return refused;
  }

  /**
   * The health of the representation on `probes`: patches at fixed places, the same at every call, no augmentation.
   *
   * @param probes volumes kept out of training; neighbours are looked for in other subjects only, so of two subjects or more.
   */
  async health(probes: readonly PreparedCase[]): Promise<Health> {
    const { patch: shape } = this.#config;
    const rng = this.#rng.fork("probes");
    const chosen = probes.slice(0, PROBE_PATCHES);
    const each = Math.max(1, Math.floor(PROBE_PATCHES / chosen.length));
    const cases = chosen.flatMap((prepared) => Array.from({ length: each }, () => prepared));
    const patches = cases.map((prepared) => samplePatch(prepared, { shape, rng }));
    const images = stackPatches(patches); // [patches, depth, height, width, 1]
    const places = patches.map(({ toVolume }, volume) => ({ toVolume, volume, view: 0 }));
    const { features, partitions, volumes } = await this.#objective.embed(images, places, rng);
    images.dispose();
    return measureHealth({ features, partitions, subjects: Array.from(volumes, (volume) => cases[volume].subject) });
  }

  /** Everything that sites average: networks and heads, the momentum ones too. */
  weights(): Promise<NamedVector[]> {
    return readWeights(this.#objective.shared);
  }

  /** @throws {RangeError} if names or shapes differ; nothing is written then. */
  setWeights(vectors: readonly NamedVector[]): void {
    writeWeights(this.#objective.shared, vectors);
  }

  /** What a segmentation network starts from, under its names: the encoder and the decoder levels pre-trained with it. */
  encoderWeights(): Promise<NamedVector[]> {
    return readWeights(this.#objective.transferable);
  }

  /** The state beside the weights, for a checkpoint: the optimiser's and the local queue. */
  async state(): Promise<NamedVector[]> {
    return [...await this.#optimiser.save(), ...this.#objective.save()];
  }

  /** @throws {RangeError} if the state is not that of this configuration. */
  setState(vectors: readonly NamedVector[]): void {
    this.#objective.load(vectors);
    this.#optimiser.load(vectors);
  }

  /** Frees every tensor. */
  dispose(): void {
    this.#optimiser.dispose();
    this.#objective.dispose();
  }
}

/** Draws cases in random order, each once before any comes again. */
function drawCases(cases: readonly PreparedCase[], rng: Rng): (count: number) => PreparedCase[] {
  let waiting: PreparedCase[] = [];
  return (count) => {
    while (waiting.length < count) waiting = [...waiting, ...rng.shuffle(cases)];
    const drawn = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return drawn;
  };
}
