/**
 * The steps of a fine-tuning, from the start or from where its checkpoints left it.
 *
 * @module
 */
import type { NamedVector } from "../core/vectors.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { trainSteps, type TrainStepsOptions } from "../peer/checkpointed_steps.ts";
import { withoutSupervision } from "../segmentation/deep_supervision.ts";
import { openFineTuning } from "../segmentation/site_fine_tuning.ts";
import type { FineTuneSettings } from "../settings/types.ts";
import type { Triple } from "../core/triple.ts";
import type { Start } from "./start.ts";

/** Options of {@linkcode train}. */
export interface TrainOptions extends Omit<TrainStepsOptions, "steps" | "onStep"> {
  start: Pick<Start, "network" | "pretrained">;
  patch: Triple;
  cases: readonly PreparedCase[];
  unlabelled: readonly PreparedCase[];
  /** The labels' names by value. */
  labels: ReadonlyMap<number, string>;
  recipe: FineTuneSettings;
  seed: number;
  /** Batches that a thread of its own prepares ahead. */
  ahead: number;
}

/** What draws are named after: a machine alone, whatever it is called. */
const SITE = "alone";

/**
 * Trains, on the current engine. Whenever the process dies, the same call goes on from the last checkpoint and comes to
 * the same weights, since what a step draws is a pure function of seed and step.
 *
 * @returns the weights of the network as it predicts, and the steps that were done
 * @throws {UserError} if there is nothing to learn, the training diverges, or checkpoints cannot be written.
 * @throws the signal's reason when it is aborted.
 */
export async function train(options: TrainOptions): Promise<{ vectors: NamedVector[]; done: number }> {
  const { start, patch, cases, unlabelled, labels, recipe, seed, ahead, checkpoints, checkpointEvery } = options;
  const { onResume, onCheckpoint, warn, signal } = options;
  const { tuner, dispose } = openFineTuning({
    ...start,
    ...{ patch, cases, unlabelled, labels, seed, ahead, settings: recipe, site: SITE },
  });
  try {
    const { steps } = recipe, { isOver } = options;
    const losses = await trainSteps(tuner, {
      steps,
      checkpoints,
      checkpointEvery,
      onResume,
      onCheckpoint,
      warn,
      isOver,
      signal,
    });
    return { vectors: withoutSupervision(await tuner.testedWeights()), done: losses.length };
  } finally {
    await dispose();
  }
}
