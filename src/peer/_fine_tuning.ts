/**
 * Fine-tuning one method's network: at one go, or in rounds between which its weights are averaged with other sites'.
 *
 * @module
 */
import * as Comlink from "comlink";
import { sha256Hex } from "../core/digest.ts";
import { flatten, type Layout, layoutOf, type NamedVector, unflatten } from "../core/vectors.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { meanOf } from "../display/statistics.ts";
import type { UNetConfig } from "../model/config.ts";
import type { FineTuner } from "../segmentation/fine_tuner.ts";
import { openFineTuning, type SiteFineTuning } from "../segmentation/site_fine_tuning.ts";
import { extendLosses, lossesIn, lossesVector, trainSteps, type TrainStepsOptions } from "./checkpointed_steps.ts";
import { Checkpoints, type Restored } from "./checkpoints.ts";
import { progressMeter } from "./_progress_meter.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method } from "./events.ts";
import { FINE_TUNE_ANEW } from "./state/anew.ts";
import { fineTuningFolders, ownFineTuningFolder } from "./state/layout.ts";
import type { Settings } from "./state/settings.ts";
import type { Adoption, FineTunedRound, FineTuningOpened, StageProgress } from "./trainer_api.ts";

/** What is fine-tuned, with what. */
export interface FineTuningOptions {
  configuration: PeerConfiguration;
  network: UNetConfig;
  method: Method;
  /** Labelled. */
  cases: readonly PreparedCase[];
  /** Training cases that are not labelled. */
  unlabelled: readonly PreparedCase[];
  /** The labels' names by value. */
  labels: ReadonlyMap<number, string>;
  /** What the network begins from; undefined: from scratch. Asked for again on another engine. */
  pretrained: () => Promise<readonly NamedVector[] | undefined>;
}

/** A network after its fine-tuning, apart from any engine. */
export interface FineTuned {
  /** Of the network that is tested. */
  weights: readonly NamedVector[];
  /** Of each step; NaN where it was skipped. */
  losses: number[];
}

/** A new fine-tuning on the current engine. */
async function openTuning(options: FineTuningOptions): Promise<SiteFineTuning> {
  const { configuration, network, cases, unlabelled, labels, pretrained } = options;
  const { seed, name: site, data: { ahead }, schedule: { patience }, engine: { recompute } } = configuration;
  return openFineTuning({
    ...{ network, cases, unlabelled, labels, ahead, patience, recompute, seed, site },
    pretrained: await pretrained(),
    patch: configuration.network.patch,
    settings: configuration.fineTune,
    together: configuration.fineTune.mode === "federated",
  });
}

/** Options of {@linkcode fineTuneMethod}. */
export interface FineTuneMethodOptions extends Pick<TrainStepsOptions, "warn" | "isOver"> {
  /** Rounds of pre-training that it begins after. */
  after: number;
  /** What its checkpoints are made with, where that is kept. */
  settings?: Settings;
  /** Told of its steps. */
  onProgress: (progress: StageProgress) => void;
}

/**
 * Fine-tunes by itself, all steps at one go, from the start or from where its checkpoints left it; they come as often
 * as those of pre-training.
 */
export async function fineTuneMethod(
  tuning: FineTuningOptions,
  { after, settings, onProgress, warn, isOver }: FineTuneMethodOptions,
): Promise<FineTuned> {
  const { method, configuration: { stateDirectory, fineTune: { steps }, schedule: { stepsPerRound } } } = tuning;
  const { tuner, dispose } = await openTuning(tuning);
  try {
    const folder = ownFineTuningFolder(stateDirectory, method);
    let onStep = progressMeter(method, onProgress);
    const losses = await trainSteps(tuner, {
      ...{ steps, checkpointEvery: stepsPerRound, warn, isOver, onStep: (progress) => onStep(progress) },
      checkpoints: new Checkpoints(folder, { after, settings, anew: FINE_TUNE_ANEW, unit: "step" }),
      onResume: (step) => {
        onProgress({ phase: method, step, steps, perSecond: 0 });
        onStep = progressMeter(method, onProgress, { earlier: step });
      },
    });
    return { weights: await tuner.testedWeights(), losses };
  } finally {
    await dispose();
  }
}

/** Steps before `round`, counted from 1, where `steps` are dealt into `rounds` as evenly as they can be. */
export function stepsBefore(round: number, { steps, rounds }: { steps: number; rounds: number }): number {
  return Math.floor(steps * (round - 1) / rounds);
}

/**
 * What the methods were called first. In the digest of a layout, which peers compare on the wire, they are called so
 * still: another word there would part sites that are of one wire version.
 */
const WIRE_NAMES: Readonly<Record<Method, string>> = { pretrained: "fcl", scratch: "scratch" };

/** Fine-tuning in rounds, between which others' weights come in. */
export class FederatedFineTuning {
  readonly #options: FineTuningOptions;
  readonly #checkpoints: Checkpoints;
  /** On the current engine. */
  #tuning: SiteFineTuning | undefined;
  #layout: Layout = [];
  /** Of the network that is tested, after what was adopted last. */
  #tested: readonly NamedVector[] = [];
  #losses: number[] = [];
  /** Rounds that are done. */
  #round = 0;

  /**
   * @param options.after rounds of pre-training that it begins after.
   * @param options.settings what its checkpoints are made with, where that is kept.
   */
  constructor(options: FineTuningOptions, { after, settings }: { after: number; settings?: Settings }) {
    this.#options = options;
    const { folder, former } = fineTuningFolders(options.configuration.stateDirectory, options.method);
    this.#checkpoints = new Checkpoints(folder, { after, former, settings, anew: FINE_TUNE_ANEW });
  }

  /** Where it goes on after an interruption. */
  get since(): string {
    return this.#checkpoints.since;
  }

  /** Begins, or goes on from the latest checkpoint. */
  async open(): Promise<FineTuningOpened> {
    const { tuning: { tuner }, round, state, momentum, weight, warnings } = await this.#resume();
    this.#round = round;
    this.#losses = lossesIn(state);
    const weights = await tuner.weights();
    this.#tested = await tuner.testedWeights();
    this.#layout = layoutOf(weights);
    const vector = flatten(weights);
    const opened = {
      // of the method, too: networks of two methods must never be mixed
      layoutDigest: await sha256Hex(JSON.stringify([WIRE_NAMES[this.#options.method], this.#layout])),
      layout: this.#layout,
      vector,
      ...{ round, momentum, weight, warnings },
    };
    return Comlink.transfer(opened, [vector.buffer]);
  }

  /** Trains for a round from the weights that were adopted. */
  async round(round: number, onProgress: (progress: StageProgress) => void): Promise<FineTunedRound> {
    const { method, configuration: { fineTune } } = this.#options;
    const { tuner } = this.#tuning ?? (await this.#resume()).tuning;
    const first = stepsBefore(round, fineTune);
    this.#skipTo(tuner, first);
    const meter = progressMeter(method, onProgress, { earlier: first, round });
    const losses: number[] = [];
    for await (const progress of tuner.round({ steps: stepsBefore(round + 1, fineTune) - first })) {
      losses.push(...progress.losses);
      meter(progress);
    }
    this.#losses.push(...losses);
    const vector = flatten(await tuner.weights());
    const skipped = losses.filter((loss) => !Number.isFinite(loss)).length;
    return Comlink.transfer({ vector, loss: meanOf(losses) ?? NaN, skipped }, [vector.buffer]);
  }

  /** Takes the averaged weights, and writes the checkpoint of `round`. @returns what could not be done. */
  async adopt(round: number, { vector, momentum, weight, audit }: Adoption): Promise<string[]> {
    const { tuner } = this.#tuning ?? (await this.#resume()).tuning;
    const weights = unflatten(vector, this.#layout);
    tuner.setWeights(weights);
    this.#skipTo(tuner, stepsBefore(round + 1, this.#options.configuration.fineTune));
    this.#tested = await tuner.testedWeights();
    if (this.#round >= round) return [];
    this.#round = round;
    const state = [...await tuner.state(), lossesVector(this.#losses)];
    const failure = await this.#checkpoints.write({ round, weights, state, momentum, weight, audit });
    return failure ? [failure] : [];
  }

  /** Drops the latest checkpoint. @returns whether there was one; what is opened then goes on from the one before. */
  async dropCheckpoint(): Promise<boolean> {
    return await this.#checkpoints.rollBack();
  }

  /** What it has come to. */
  result(): FineTuned {
    return { weights: this.#tested, losses: this.#losses };
  }

  /** Frees the engine's memory; what it has come to stays. */
  async close(): Promise<void> {
    const tuning = this.#tuning;
    this.#tuning = undefined;
    await tuning?.dispose();
  }

  async #resume(): Promise<Restored & { tuning: SiteFineTuning }> {
    const tuning = await openTuning(this.#options);
    try {
      const restored = await this.#checkpoints.restore(tuning.tuner);
      return { ...restored, tuning: this.#tuning = tuning };
    } catch (error) {
      await tuning.dispose();
      throw error;
    }
  }

  /** Goes on from `step`. */
  #skipTo(tuner: FineTuner, step: number): void {
    tuner.skipTo(step);
    extendLosses(this.#losses, step);
  }
}
