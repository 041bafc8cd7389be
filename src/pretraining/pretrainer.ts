/**
 * Pre-training of one site by any objective: rounds of local steps, between which weights and features are exchanged.
 *
 * @example
 * ```ts
 * import { Rng } from "../core/rng.ts";
 * import { openDataset, prepareCase, writePhantomCohort } from "../data/mod.ts";
 * import { startEngine } from "../engine/mod.ts";
 * import { unetBackbone } from "./backbone.ts";
 * import { parsePretrainConfig } from "./configuration.ts";
 * import { Pretrainer } from "./pretrainer.ts";
 *
 * await startEngine({ engine: "wasm" });
 * const directory = await Deno.makeTempDir();
 * await writePhantomCohort(directory, { sites: 1, casesPerSite: 2 });
 * const dataset = await openDataset(directory);
 * const prepared = await Promise.all(dataset.cases.map((one) => prepareCase(one, { spacing: [8, 8, 8] }, dataset)));
 * await Deno.remove(directory, { recursive: true });
 *
 * const config = parsePretrainConfig({ patch: [8, 8, 8] });
 * const network = { classes: 4, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] } as const;
 * const [rng, modelRng] = [new Rng(1), new Rng(2)];
 * const createBackbone = unetBackbone(network, config);
 * const pretrainer = await Pretrainer.open({ config, createBackbone, cases: prepared, rng, modelRng });
 * const round = pretrainer.round({ round: 1, steps: 2, remote: [] });
 * let next = await round.next();
 * for (; !next.done; next = await round.next()) console.log(next.value.step, next.value.loss);
 * const { meanLoss, release } = next.value; // the release is what the others may see of this site
 * console.log(meanLoss, release.partitions.length);
 * await pretrainer.dispose();
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { sleep } from "../core/deadline.ts";
import { UserError } from "../core/errors.ts";
import type { FeatureSet, RemoteFeatures } from "../core/features.ts";
import type { Rng } from "../core/rng.ts";
import type { NamedVector } from "../core/vectors.ts";
import type { BatchLoader } from "../data/loading/batch_loader.ts";
import { openLoader } from "../data/loading/loader.ts";
import { shareCase } from "../data/loading/share.ts";
import { samplePatch } from "../data/patches.ts";
import { channelsOfCases } from "../data/channels.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { voxelCount } from "../data/volume.ts";
import { StepGate } from "../engine/steps/step_gate.ts";
import { isFiniteStep } from "../engine/steps/verdict.ts";
import type { Tensor } from "../engine/tensors.ts";
import { DivergenceWatch } from "../model/divergence.ts";
import { readWeights, writeWeights } from "../model/weights.ts";
import type { PretrainConfig } from "./pretrain_config.ts";
import type { PretrainerOptions } from "./pretrainer_options.ts";
import { type Health, measureHealth } from "./health.ts";
import type { Objective, ObjectiveStep } from "./objectives/objective.ts";
import { createObjective } from "./objectives/registry.ts";
import { Optimiser } from "./optimiser.ts";
import { Admission, type Remark } from "./remarks.ts";
import { stackPatches, type Views, viewsFrom, type ViewsRequest } from "./views.ts";
import { drawIndices } from "./draw_indices.ts";

/** Options of {@linkcode Pretrainer.round}. */
export interface RoundOptions {
  /** The round's number; what is drawn in a round is a pure function of it, so a repeated round repeats itself. */
  round: number;
  /** Local steps. */
  steps: number;
  /** What other sites released since the last round. @default none */
  remote?: readonly RemoteFeatures[];
  /** Ends the round after the current step. */
  signal?: AbortSignal;
}

/** After each step. */
export interface StepProgress {
  /** From 1. */
  step: number;
  /** Of the round. */
  steps: number;
  /** Of the newest step whose loss is known, NaN where that was skipped; but on a card, this step's. */
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
  /** Other sites' features that were not used, or not all of them: each of them is told once. */
  remarks: Remark[];
}

/** What is known of a round that is on its way. */
interface Course {
  readonly watch: DivergenceWatch;
  /** Rates of the steps that are not settled. */
  readonly rates: number[];
  /** Of the losses of steps that were not skipped. */
  total: number;
  /** Of the newest step that is known, NaN where it was skipped. */
  loss: number;
}

/** Patches that are embedded to measure health. */
const PROBE_PATCHES = 24;

/** One site's objective, optimiser and data. */
export class Pretrainer {
  readonly #config: PretrainConfig;
  readonly #cases: readonly PreparedCase[];
  readonly #channels: number;
  readonly #rng: Rng;
  readonly #objective: Objective;
  readonly #optimiser: Optimiser;
  readonly #gate: StepGate;
  readonly #ahead: number;
  readonly #patience: number | undefined;
  readonly #admission: Admission;
  /** Of the site's views, from the first round on. */
  #loader: BatchLoader<ViewsRequest, Views> | undefined;

  private constructor({ config, cases, rng, ahead = 0, patience }: PretrainerOptions, objective: Objective) {
    this.#config = config;
    this.#cases = cases;
    this.#channels = channelsOfCases(cases);
    this.#rng = rng;
    this.#ahead = ahead;
    this.#patience = patience;
    this.#objective = objective;
    this.#admission = new Admission(objective, config);
    this.#optimiser = new Optimiser(this.#objective.variables, config);
    this.#gate = new StepGate({ clipNorm: config.clipNorm });
  }

  /** Builds networks and heads; no step is taken. @throws {UserError} if there is no case or no such objective. */
  static async open(options: PretrainerOptions): Promise<Pretrainer> {
    const { config, createBackbone, cases, modelRng } = options;
    if (cases.length === 0) throw new UserError("starting pre-training: there must be at least one volume");
    return new Pretrainer(options, await createObjective({ config, createBackbone, modelRng }));
  }

  /**
   * Trains for one round. The optimiser's state and the queue are kept from round to round.
   *
   * @returns a generator of progress that ends with the round's result.
   * @throws {UserError} with a diagnosis, if too many steps in a row were not finite.
   */
  async *round(options: RoundOptions): AsyncGenerator<StepProgress, RoundResult> {
    const { round, steps, remote = [], signal } = options;
    const rng = this.#rng.fork(`round ${round}`);
    const remarks = this.#admission.admit(remote, round);
    const watch = new DivergenceWatch({
      doing: "pre-training",
      variables: this.#objective.variables,
      volumes: this.#cases,
      patience: this.#patience,
    });
    const course: Course = { watch, rates: [], total: 0, loss: NaN };
    let step = 0;
    try {
      for await (const views of this.#views(rng, steps, signal)) {
        await this.#step(views, rng.fork(`step ${++step}`), { course, isLast: step === steps });
        yield { step, steps, loss: course.loss };
        await sleep(0); // messages, an abort among them, come in between two steps
      }
    } finally {
      await this.#settle(course);
    }
    await this.#objective.settle();
    const release = this.#objective.release(this.#config.release, rng.fork("release"));
    return { meanLoss: course.total / (steps - watch.skipped), release, skipped: watch.skipped, remarks };
  }

  /** The views of a round's steps, drawn from the round's stream. */
  #views(rng: Rng, steps: number, signal: AbortSignal | undefined): AsyncGenerator<Views> {
    this.#loader ??= openLoader({
      input: { cases: this.#ahead > 0 ? this.#cases.map(shareCase) : this.#cases, config: this.#config },
      prepareFrom: viewsFrom,
      worker: new URL("./_views_worker.ts", import.meta.url),
      ahead: this.#ahead,
    });
    const nextCases = drawIndices(this.#cases.length, rng.fork("cases"));
    const requests = Array.from({ length: steps }, (_, index) => ({
      cases: nextCases(this.#config.volumes),
      seed: rng.fork(`step ${index + 1}`).fork("views").seed,
    }));
    return this.#loader.batches(requests, { signal });
  }

  /** One step; `isLast` of its round. */
  async #step(views: Views, rng: Rng, { course, isLast }: { course: Course; isLast: boolean }): Promise<void> {
    const images = views.images.map((values) => this.#toTensor(values)); // [volumes, depth, height, width, channels] a view
    let step: ObjectiveStep | undefined;
    try {
      const batch = { images, places: views.places };
      step = this.#objective.step(batch, { rng: rng.fork("objective"), step: this.#optimiser.steps });
      const { loss, gradients, finish } = step;
      const verdict = await this.#gate.judge(loss, gradients);
      course.rates.push(this.#optimiser.learningRate);
      this.#optimiser.apply(gradients, verdict);
      await finish(verdict);
      if (isLast || this.#gate.isDue) await this.#settle(course, gradients);
    } finally {
      tf.dispose(images);
      step?.loss.dispose();
      if (step) tf.dispose([...step.gradients.values()]);
    }
  }

  /** @param gradients of the newest step, where they are at hand. */
  async #settle(course: Course, gradients: ReadonlyMap<string, Tensor> = new Map()): Promise<void> {
    const rates = course.rates.splice(0);
    for (const [index, step] of (await this.#gate.settle()).entries()) {
      const moved = isFiniteStep(step);
      course.loss = moved ? step.loss : NaN;
      if (moved) course.total += step.loss;
      await course.watch.see({ ...step, gradients, learningRate: rates[index] });
    }
  }

  /** Patches one after another as [patches, depth, height, width, channels]. */
  #toTensor(values: Float32Array): tf.Tensor5D {
    const { patch } = this.#config;
    const patches = values.length / (voxelCount(patch) * this.#channels);
    return tf.tensor5d(values, [patches, ...patch, this.#channels]);
  }

  /**
   * The health of the representation on `probes`: patches at fixed places, the same at every call, no augmentation.
   *
   * @param probes volumes kept out of training; neighbours are looked for in other subjects only, so of two subjects or
   * more.
   */
  async health(probes: readonly PreparedCase[]): Promise<Health> {
    const { patch: shape } = this.#config;
    const rng = this.#rng.fork("probes");
    const chosen = probes.slice(0, PROBE_PATCHES);
    const each = Math.max(1, Math.floor(PROBE_PATCHES / chosen.length));
    const cases = chosen.flatMap((prepared) => Array.from({ length: each }, () => prepared));
    const patches = cases.map((prepared) => samplePatch(prepared, { shape, rng }));
    const images = this.#toTensor(stackPatches(patches)); // [patches, depth, height, width, channels]
    const places = patches.map(({ toVolume }, volume) => ({ toVolume, volume, view: 0 }));
    const { features, partitions, volumes } = await this.#objective.embed(images, places, rng);
    images.dispose();
    return measureHealth({ features, partitions, subjects: Array.from(volumes, (volume) => cases[volume].subject) });
  }

  /** Everything that sites average: networks and heads, the momentum ones too. */
  weights(): Promise<NamedVector[]> {
    return readWeights(this.#objective.shared);
  }

  /** Adopts averaged weights. @throws {RangeError} if names or shapes differ; nothing is written then. */
  setWeights(vectors: readonly NamedVector[]): void {
    writeWeights(this.#objective.shared, vectors);
  }

  /**
   * What a segmentation network starts from, under its names: the encoder and the decoder levels pre-trained with it.
   */
  encoderWeights(): Promise<NamedVector[]> {
    return readWeights(this.#objective.transferable);
  }

  /** The state beside the weights, for a checkpoint: the optimiser's and the local queue. */
  async state(): Promise<NamedVector[]> {
    await this.#objective.settle();
    return [...await this.#optimiser.save(), ...this.#objective.save()];
  }

  /**
   * Takes up what a checkpoint kept beside the weights.
   *
   * @throws {RangeError} if the state is not that of this configuration.
   */
  setState(vectors: readonly NamedVector[]): void {
    this.#objective.load(vectors);
    this.#optimiser.load(vectors);
  }

  /** Takes the optimiser's part of another's state. @throws {RangeError} if it does not fit; nothing changes then. */
  setOptimiser(vectors: readonly NamedVector[]): void {
    this.#optimiser.load(vectors);
  }

  /** Frees every tensor, and ends the thread that prepares views, if there is one. */
  async dispose(): Promise<void> {
    this.#gate.dispose();
    this.#optimiser.dispose();
    this.#objective.dispose();
    await this.#loader?.stop();
  }
}
