/**
 * Training of a U-Net in rounds, between which its weights may be read, averaged with other sites' and set: with labels,
 * with what a moving average of the network says of unlabelled cases, or both.
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
import type { NamedVector } from "../core/vectors.ts";
import type { BatchLoader } from "../data/loading/batch_loader.ts";
import { StepGate } from "../engine/steps/step_gate.ts";
import { isFiniteStep } from "../engine/steps/verdict.ts";
import type { Tensor } from "../engine/tensors.ts";
import { DivergenceWatch } from "../model/divergence.ts";
import { MovingAverage } from "../model/moving_average.ts";
import type { UNet } from "../model/unet.ts";
import { readWeights, writeWeights } from "../model/weights.ts";
import { openGroups, type ParameterGroup } from "./_groups.ts";
import { lossAndGradients, ofCard, shareOf } from "./_lessons.ts";
import { openSteps, stepRequest } from "./_steps.ts";
import { readState, type StatefulParts, writeState } from "./_tuning_state.ts";
import { type FineTunerOptions, isTaught, requireTrainable } from "./fine_tuner_options.ts";
import { type RateCourse, rateCourse } from "./schedule.ts";
import type { StepBatch, StepRequest } from "./step_batches.ts";
import { areLessonsOnCard, type CardLesson, cardLessonOf } from "./unlabelled/card_lesson.ts";
import { type Lesson, lessonOf } from "./unlabelled/lesson.ts";

/** What is known after a step. */
export interface FineTuneProgress {
  /** Steps done since the training began, from 1. */
  step: number;
  /** Of the whole training. */
  steps: number;
  /** Of the newest step whose loss is known, NaN where that was skipped; but on a card, this step's. */
  loss: number;
  /** What became known with this step: losses of steps one after another up to the newest known, NaN where skipped. */
  losses: readonly number[];
  /** Of this step. */
  seconds: number;
  /** Steps skipped so far, as is known, because the loss or a gradient was not finite. */
  skipped: number;
  /**
   * The share of the unlabelled patches' voxels whose class the teacher was sure of; undefined without such patches, and
   * where only a card knows it.
   */
  sure?: number;
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

/** See {@linkcode FineTunerOptions.average}. */
const DEFAULT_DECAY = 0.99;

/** One site's training: the network's optimisers, its moving average and the cases. */
export class FineTuner {
  readonly #options: FineTunerOptions;
  readonly #groups: readonly ParameterGroup[];
  readonly #course: RateCourse;
  readonly #watch: DivergenceWatch;
  readonly #loader: BatchLoader<StepRequest, StepBatch>;
  /** The teacher, and what is tested if the average is; absent where there is need of neither. */
  readonly #average: MovingAverage | undefined;
  readonly #gate: StepGate;
  /** Rates of the steps that the gate has not settled. */
  readonly #rates: number[] = [];
  /** Losses that are known and that nobody was told. */
  readonly #untold: number[] = [];
  #loss = NaN;
  #step = 0;

  /**
   * No step is taken.
   *
   * @throws {UserError} as {@linkcode requireTrainable}. @throws {RangeError} as {@linkcode rateCourse}.
   */
  constructor(options: FineTunerOptions) {
    const { unet, cases, unlabelled = [], patience, encoderRate = 1, warmUpSteps = 0, levelDecay = 1, pull } = options;
    const { decoderRate = 1, pretrained = new Set(), clipNorm = 12 } = options;
    requireTrainable(options);
    this.#options = options;
    this.#course = rateCourse(options);
    const encoderFrom = Math.max(warmUpSteps, this.#course.wholeFrom);
    this.#groups = openGroups(unet, { encoderRate, encoderFrom, levelDecay, decoderRate, pretrained, pull });
    const volumes = isTaught(options) ? [...cases, ...unlabelled] : cases;
    this.#watch = new DivergenceWatch({ doing: "fine-tuning", variables: unet.variables, volumes, patience });
    this.#gate = new StepGate({ clipNorm });
    this.#loader = openSteps(options);
    const { average: decay = DEFAULT_DECAY, tested } = options;
    if (isTaught(options) || tested === "average") this.#average = new MovingAverage(unet, { decay });
  }

  /** Steps done since the training began. */
  get step(): number {
    return this.#step;
  }

  /** The network that is tested: the one that is trained, or its moving average. Not the caller's to dispose. */
  get tested(): UNet {
    const { unet, tested } = this.#options;
    return tested === "average" ? this.#average!.network : unet;
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
    const { steps: all } = this.#options;
    const first = this.#step;
    if (first + steps > all) {
      throw new RangeError(`fine-tuning: a round must end with step ${all} or before, got ${first} + ${steps} steps`);
    }
    const requests = Array.from({ length: steps }, (_, index) => stepRequest(first + index, this.#options));
    let start = performance.now();
    try {
      for await (const batch of this.#loader.batches(requests, { signal })) {
        const { sure } = await this.#train(batch, this.#step + 1 === first + steps);
        const seconds = (performance.now() - start) / 1000;
        const told = { loss: this.#loss, losses: this.#untold.splice(0), skipped: this.#watch.skipped };
        yield { step: this.#step, steps: all, ...told, seconds, ...(sure !== undefined && { sure }) };
        await sleep(0); // messages, an abort among them, come in between two steps
        start = performance.now();
      }
    } finally {
      await this.#settle();
    }
  }

  /**
   * Waits for a card that has steps of this training before it.
   *
   * @returns the losses that became known and were not told, as {@linkcode FineTuneProgress.losses} has them.
   * @throws {UserError} as {@linkcode FineTuner.round}.
   */
  async settle(): Promise<number[]> {
    await this.#settle();
    return this.#untold.splice(0);
  }

  /** One step; `isLast` of its round. @returns the share of unlabelled voxels that the teacher was sure of. */
  async #train(batch: StepBatch, isLast: boolean): Promise<{ sure?: number }> {
    const { unet, patch, loss: weights, learningRate = DEFAULT_RATE } = this.#options;
    if (this.#groups.some(({ from }) => from === this.#step)) await this.#settle(); // all optimisers count the same steps
    const { lessons, sure } = await this.#lessons(batch);
    const active = this.#groups.filter(({ from }) => this.#step >= from);
    const trained = new Map(active.flatMap(({ variables }) => [...variables]));
    const { value, gradients } = lossAndGradients(unet, lessons, { patch, loss: weights, trained });
    const learns = lessons.length > 0;
    try {
      const rate = learningRate * this.#course.at(this.#step) * shareOf(lessons);
      const verdict = await this.#gate.judge(value, gradients);
      if (learns) {
        for (const { optimiser, variables, share } of active) {
          const own = new Map([...variables.keys()].map((name) => [name, gradients.get(name)!]));
          optimiser.apply(own, { learningRate: rate * share, verdict });
        }
        this.#average?.update(this.#step, verdict);
      }
      this.#rates.push(rate);
      this.#step++;
      if (isLast || !learns || this.#gate.isDue) await this.#settle(gradients);
      return { sure };
    } finally {
      tf.dispose([value, ...gradients.values(), ...lessons.flatMap(ofCard)]);
    }
  }

  /** @param gradients of the newest step, where they are at hand. */
  async #settle(gradients: ReadonlyMap<string, Tensor> = new Map()): Promise<void> {
    const rates = this.#rates.splice(0);
    for (const [index, step] of (await this.#gate.settle()).entries()) {
      this.#loss = isFiniteStep(step) ? step.loss : NaN;
      this.#untold.push(this.#loss);
      await this.#watch.see({ ...step, gradients, learningRate: rates[index] });
    }
  }

  /** What a step has to teach: with labels, and where the teacher is sure of anything. */
  async #lessons({ labelled, unlabelled }: StepBatch): Promise<{ lessons: (Lesson | CardLesson)[]; sure?: number }> {
    const supervised: Lesson[] = labelled ? [{ ...labelled, weight: 1 }] : [];
    if (!isTaught(this.#options) || !unlabelled) return { lessons: supervised };
    const { teaching, patch, steps } = this.#options, labels = labelled?.label ?? new Uint8Array(0);
    const options = { teaching, patch, labels, t: this.#step / steps };
    // without labels the rate follows how sure the teacher is, which must be known for that
    if (labelled && areLessonsOnCard()) {
      return { lessons: [...supervised, cardLessonOf(this.#average!.network, unlabelled, options)] };
    }
    const { lesson, sure } = await lessonOf(this.#average!.network, unlabelled, options);
    return { lessons: lesson ? [...supervised, lesson] : supervised, sure };
  }

  /** The whole network's, in its order: what sites average. */
  weights(): Promise<NamedVector[]> {
    return readWeights(this.#options.unet.variables);
  }

  /** The whole network's that is tested, in its order. */
  testedWeights(): Promise<NamedVector[]> {
    return readWeights(this.tested.variables);
  }

  /**
   * Adopts averaged weights; the moving average, and with it the teacher, is from then on one of what was adopted.
   *
   * @throws {RangeError} if names or shapes differ; nothing is written then.
   */
  setWeights(vectors: readonly NamedVector[]): void {
    writeWeights(this.#options.unet.variables, vectors);
    this.#average?.adopt();
  }

  /** The state beside the weights, for a checkpoint: how far the training is, the optimisers', the moving average's. */
  async state(): Promise<NamedVector[]> {
    await this.#settle();
    return await readState({ step: this.#step, skipped: this.#watch.skipped }, this.#parts);
  }

  /**
   * Restores what {@linkcode FineTuner.state} gave; other vectors are passed over.
   *
   * @throws {RangeError} if the state is not that of this training.
   */
  setState(vectors: readonly NamedVector[]): void {
    const { step, skipped } = writeState(vectors, { ...this.#parts, steps: this.#options.steps });
    this.#untold.length = 0;
    this.#step = step;
    this.#watch.skipped = skipped;
  }

  /** What has a state of its own. */
  get #parts(): StatefulParts {
    return { groups: this.#groups, average: this.#average };
  }

  /**
   * Frees the optimisers' state and the moving average, and ends the thread that prepares batches, if there is one; the
   * network stays.
   */
  async dispose(): Promise<void> {
    this.#gate.dispose();
    for (const { optimiser } of this.#groups) optimiser.dispose();
    this.#average?.dispose();
    await this.#loader.stop();
  }
}
