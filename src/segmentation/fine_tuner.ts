/**
 * Supervised training of a U-Net in rounds, between which its weights may be read, averaged with other sites' and set.
 *
 * @example
 * ```ts
 * import { Rng } from "../core/rng.ts";
 * import { openDataset, prepareCase, writePhantomCohort } from "../data/mod.ts";
 * import { startEngine } from "../engine/mod.ts";
 * import { UNet } from "../model/mod.ts";
 * import { FineTuner } from "./fine_tuner.ts";
 *
 * await startEngine({ engine: "wasm" });
 * const directory = await Deno.makeTempDir();
 * await writePhantomCohort(directory, { sites: 1, casesPerSite: 1 });
 * const dataset = await openDataset(directory);
 * const labelled = [await prepareCase(dataset.cases[0], { spacing: [8, 8, 8] }, dataset)];
 * await Deno.remove(directory, { recursive: true });
 *
 * const network = { classes: 4, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] } as const;
 * const unet = new UNet(network, new Rng(1));
 * const tuner = new FineTuner({ unet, cases: labelled, steps: 4, patch: [8, 8, 8], rng: new Rng(1) });
 * for (let round = 0; round < 2; round++) {
 *   for await (const { step, loss } of tuner.round({ steps: 2 })) console.log(step, loss);
 *   tuner.setWeights(await tuner.weights()); // averaged with the other sites' in between
 * }
 * await tuner.dispose();
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { sleep } from "../core/deadline.ts";
import { UserError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type { NamedVector } from "../core/vectors.ts";
import type { Triple } from "../core/triple.ts";
import type { Augmentation } from "../data/augmentation/augmentation.ts";
import { DEFAULT_AUGMENTATION } from "../data/augmentation/sets/default.ts";
import type { BatchLoader } from "../data/loading/batch_loader.ts";
import { isIgnored } from "../data/labels/ignored.ts";
import { openLoader } from "../data/loading/loader.ts";
import { shareCase } from "../data/loading/share.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { globalNorm, type Pull } from "../engine/optimiser.ts";
import { requirePatchShape } from "../model/config.ts";
import { DivergenceWatch, isFiniteStep, type SeenStep } from "../model/divergence.ts";
import { variableGradients } from "../model/gradients.ts";
import type { NamedVariables } from "../model/layers.ts";
import type { UNet } from "../model/unet.ts";
import { readWeights, writeWeights } from "../model/weights.ts";
import { type Batch, batchesFrom, type BatchRequest } from "./batches.ts";
import { deepLoss } from "./deep_supervision.ts";
import type { DiceCrossEntropyOptions } from "./losses.ts";
import { openGroups, type ParameterGroup } from "./_groups.ts";
import { type RateCourse, rateCourse, type RateCourseOptions } from "./schedule.ts";
import type { Teaching } from "./unlabelled/teaching.ts";

/** Options of {@linkcode FineTuner}; the rate's course runs over all `steps`, all rounds together. */
export interface FineTunerOptions extends RateCourseOptions {
  /** The network that is trained, in place. */
  unet: UNet;
  /** Labelled cases, their classes below the network's; none only where unlabelled ones are learnt from. */
  cases: readonly PreparedCase[];
  /** Unlabelled cases; labels that they have are not looked at. @default [] */
  unlabelled?: readonly PreparedCase[];
  /** How unlabelled cases are learnt from; null: not at all. @default null */
  teaching?: Teaching | null;
  /** Decay a step of the weights' moving average, which is the teacher; over the first steps it is less. @default 0.99 */
  average?: number;
  /** Which weights are tested: the last, or their moving average. @default "last" */
  tested?: "last" | "average";
  /** Patches a step. @default 2 */
  batch?: number;
  /** Voxels of a patch along z, y, x. */
  patch: Triple;
  /** Decides cases, patches and augmentation. */
  rng: Rng;
  /** The decoder's rate. @default 1e-2 */
  learningRate?: number;
  /** The encoder's rate as a share of the decoder's, from 0 (frozen) to 1. @default 1 */
  encoderRate?: number;
  /** First steps with the encoder frozen. @default 0 */
  warmUpSteps?: number;
  /** The rate of each of the encoder's levels as a share of that of the next coarser one. @default 1 */
  levelDecay?: number;
  /** The rate of those of the decoder's variables that are pre-trained, as a share of the others'. @default 1 */
  decoderRate?: number;
  /** What is pre-trained, by the variables' names. @default nothing */
  pretrained?: ReadonlySet<string>;
  /** What is pulled back to the weights that the training is opened with. @default nothing */
  pull?: Pull;
  /** What is done to each patch. @default DEFAULT_AUGMENTATION */
  augmentation?: Augmentation;
  /** How much oftener cases of rare classes are drawn, from 0 (all alike) to 1. @default 0 */
  oversampling?: number;
  /** Whether the shares of classes are learnt in place of the labels, where cases have them. @default false */
  softLabels?: boolean;
  /** How often a patch is centred on a labelled voxel. @default 0.67 */
  foregroundProbability?: number;
  /** Gradients are scaled down to this norm (nnU-Net's 12). @default 12 */
  clipNorm?: number;
  /** Weights of Dice and cross-entropy. */
  loss?: DiceCrossEntropyOptions;
  /** Batches that are prepared ahead in a thread of its own; 0: each in its turn. @default 0 */
  ahead?: number;
  /** Skipped steps in a row that end the training. @default 5 */
  patience?: number;
}

/** What is known after a step. */
export interface FineTuneProgress {
  /** Steps done since the training began, from 1. */
  step: number;
  /** Of the whole training. */
  steps: number;
  /** NaN where the step was skipped. */
  loss: number;
  /** Of this step. */
  seconds: number;
  /** Steps skipped so far because the loss or a gradient was not finite. */
  skipped: number;
}

/** Options of {@linkcode FineTuner.round}. */
export interface FineTuneRoundOptions {
  /** Steps of this round. */
  steps: number;
  /** Ends the round after the current step. */
  signal?: AbortSignal;
}

/** Best or near it among 2e-3 to 3e-2 at 100 to 150 steps on hippocampus volumes (one seed). */
const DEFAULT_RATE = 1e-2;

/** What the names of the state begin with. */
const STATE = "fine-tuning/";

/** One site's supervised training: the network's optimisers and the labelled cases. */
export class FineTuner {
  readonly #options: FineTunerOptions;
  readonly #groups: readonly ParameterGroup[];
  readonly #course: RateCourse;
  readonly #watch: DivergenceWatch;
  readonly #loader: BatchLoader<BatchRequest, Batch>;
  #step = 0;

  /**
   * No step is taken.
   *
   * @throws {UserError} if no case is labelled, a label is no class of the network, or the patch does not fit it.
   * @throws {RangeError} as {@linkcode rateCourse}.
   */
  constructor(options: FineTunerOptions) {
    const { unet, cases, patch, patience, encoderRate = 1, warmUpSteps = 0, levelDecay = 1, pull } = options;
    const { decoderRate = 1, pretrained = new Set() } = options;
    requirePatchShape(unet.config, patch);
    requireCases(options);
    this.#options = options;
    this.#course = rateCourse(options);
    const encoderFrom = Math.max(warmUpSteps, this.#course.wholeFrom);
    this.#groups = openGroups(unet, { encoderRate, encoderFrom, levelDecay, decoderRate, pretrained, pull });
    this.#watch = new DivergenceWatch({ doing: "fine-tuning", variables: unet.variables, volumes: cases, patience });
    this.#loader = loaderOf(options);
  }

  /** Steps done since the training began. */
  get step(): number {
    return this.#step;
  }

  /**
   * Goes on from `step`, as a site does that takes the weights of one that is further on. @throws {RangeError} if there
   * is no such step.
   */
  skipTo(step: number): void {
    const { steps } = this.#options;
    if (!(Number.isInteger(step) && step >= 0 && step <= steps)) {
      throw new RangeError(`fine-tuning: a step must be a whole number from 0 to ${steps}, got ${step}`);
    }
    this.#step = step;
  }

  /**
   * Trains the network in place, a step an iteration, from the step that has been reached; whoever iterates sets the
   * pace, and may stop early. What is drawn for a step is a pure function of its number, so a repeated round repeats
   * itself.
   *
   * @throws {RangeError} if it would train for more steps than the whole training has.
   * @throws {UserError} with a diagnosis, if too many steps in a row had no finite loss and gradients.
   * @throws the signal's reason when it is aborted.
   */
  async *round({ steps, signal }: FineTuneRoundOptions): AsyncGenerator<FineTuneProgress, void, void> {
    const { steps: all, rng } = this.#options;
    const first = this.#step;
    if (first + steps > all) {
      throw new RangeError(`fine-tuning: a round must end with step ${all} or before, got ${first} + ${steps} steps`);
    }
    const requests = Array.from({ length: steps }, (_, index) => ({ seed: rng.fork(`step/${first + index}`).seed }));
    let start = performance.now();
    for await (const batch of this.#loader.batches(requests, { signal })) {
      const loss = await this.#train(batch);
      this.#step++;
      const seconds = (performance.now() - start) / 1000;
      yield { step: this.#step, steps: all, loss, seconds, skipped: this.#watch.skipped };
      await sleep(0); // messages, an abort among them, come in between two steps
      start = performance.now();
    }
  }

  /** Loss of one step; NaN where it was skipped. */
  async #train(batch: Batch): Promise<number> {
    const { learningRate = DEFAULT_RATE, clipNorm = 12 } = this.#options;
    const active = this.#groups.filter(({ from }) => this.#step >= from);
    const trained = new Map(active.flatMap(({ variables }) => [...variables]));
    const { value, gradients } = lossAndGradients(this.#options, batch, trained);
    try {
      const rate = learningRate * this.#course.at(this.#step);
      const [[loss], norm] = await Promise.all([value.data(), globalNorm(gradients)]);
      const seen: SeenStep = { loss, norm, gradients, learningRate: rate };
      const moves = isFiniteStep(seen);
      if (moves) {
        const scale = Math.min(1, clipNorm / norm);
        for (const { optimiser, variables, share } of active) {
          const own = new Map([...variables.keys()].map((name) => [name, gradients.get(name)!]));
          optimiser.apply(own, { learningRate: rate * share, scale });
        }
      }
      await this.#watch.see(seen);
      return moves ? loss : NaN;
    } finally {
      tf.dispose([value, ...gradients.values()]);
    }
  }

  /** The whole network's, in its order: what sites average. */
  weights(): Promise<NamedVector[]> {
    return readWeights(this.#options.unet.variables);
  }

  /** Adopts averaged weights. @throws {RangeError} if names or shapes differ; nothing is written then. */
  setWeights(vectors: readonly NamedVector[]): void {
    writeWeights(this.#options.unet.variables, vectors);
  }

  /** The state beside the weights, for a checkpoint: how far the training is, and the optimisers'. */
  async state(): Promise<NamedVector[]> {
    const counts = Float32Array.of(this.#step, this.#watch.skipped);
    const vectors: NamedVector[] = [{ name: `${STATE}steps`, shape: [2], data: counts }];
    for (const { name: group, optimiser } of this.#groups) {
      for (const { name, ...vector } of await optimiser.read()) {
        vectors.push({ name: `${STATE}${group}/${name}`, ...vector });
      }
    }
    return vectors;
  }

  /**
   * Restores what {@linkcode FineTuner.state} gave; other vectors are passed over.
   *
   * @throws {RangeError} if the state is not that of this training.
   */
  setState(vectors: readonly NamedVector[]): void {
    const counts = vectors.find(({ name }) => name === `${STATE}steps`)?.data ?? [];
    const { steps } = this.#options;
    const [step, skipped] = counts;
    if (counts.length !== 2 || counts.some((count) => !Number.isInteger(count) || count < 0 || count > steps)) {
      throw new RangeError(`fine-tuning: the state must hold two counts from 0 to ${steps}, got ${[...counts]}`);
    }
    for (const { name: group, optimiser } of this.#groups) {
      const start = `${STATE}${group}/`;
      optimiser.write(
        vectors.filter(({ name }) => name.startsWith(start))
          .map(({ name, ...vector }) => ({ name: name.slice(start.length), ...vector })),
      );
    }
    this.#step = step;
    this.#watch.skipped = skipped;
  }

  /** Frees the optimisers' state, and ends the thread that prepares batches, if there is one; the network stays. */
  async dispose(): Promise<void> {
    for (const { optimiser } of this.#groups) optimiser.dispose();
    await this.#loader.stop();
  }
}

/** What prepares the batches. */
function loaderOf(options: FineTunerOptions) {
  const { cases, batch = 2, patch, foregroundProbability = 0.67, ahead = 0 } = options;
  const { augmentation = DEFAULT_AUGMENTATION, oversampling, softLabels } = options;
  return openLoader({
    input: {
      ...{ batch, patch, foregroundProbability, augmentation, oversampling, softLabels },
      cases: ahead > 0 ? cases.map(shareCase) : cases,
    },
    prepareFrom: batchesFrom,
    worker: new URL("./_batch_worker.ts", import.meta.url),
    ahead,
  });
}

/** The loss of a batch and its gradients by the names of `trained`; the caller's to dispose. */
function lossAndGradients({ unet, patch, loss }: FineTunerOptions, batch: Batch, trained: NamedVariables) {
  const { image, channels, label, shares, ids } = batch;
  const x = tf.tensor5d(image, [ids.length, ...patch, channels]); // [batch, depth, height, width, channels]
  try {
    return variableGradients(() => deepLoss(unet.forwardDeep(x), label, { ...loss, shares }), trained);
  } finally {
    x.dispose();
  }
}

function requireCases({ unet: { config: { classes } }, cases, unlabelled = [], teaching }: FineTunerOptions): void {
  if (cases.length === 0 && !(teaching && unlabelled.length > 0)) {
    throw new UserError("fine-tuning: there must be at least one labelled case");
  }
  for (const { id, label } of cases) {
    if (!label) throw new UserError("fine-tuning: the case must have labels", { where: id });
    const largest = label.reduce((a, b) => isIgnored(b, classes) ? a : Math.max(a, b), 0);
    if (largest >= classes) {
      throw new UserError(`fine-tuning: labels must be below the network's ${classes} classes`, {
        where: id,
        value: largest,
      });
    }
  }
}
