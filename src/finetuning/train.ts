/**
 * The steps of a fine-tuning, from the start or from where its checkpoints left it.
 *
 * @module
 */
import type { NamedVector } from "../core/vectors.ts";
import type { PreparedCase } from "../data/prepare.ts";
import type { Checkpoints } from "../peer/checkpoints.ts";
import { withoutSupervision } from "../segmentation/deep_supervision.ts";
import type { FineTuneProgress } from "../segmentation/fine_tuner.ts";
import { openFineTuning } from "../segmentation/site_fine_tuning.ts";
import type { FineTuneSettings } from "../settings/types.ts";
import type { Triple } from "../core/triple.ts";
import type { Start } from "./start.ts";

/** Options of {@linkcode train}. */
export interface TrainOptions {
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
  checkpoints: Checkpoints;
  /** Steps between two checkpoints. */
  checkpointEvery: number;
  /** Told where it goes on, before its first step. */
  onResume: (step: number) => void;
  /** Told of each step that a checkpoint holds. */
  onCheckpoint: (progress: FineTuneProgress) => void;
  /** What is no mistake yet: a damaged checkpoint, a disk that is full. */
  warn: (message: string) => void;
  /** Ends it after a step, whose checkpoint is written. */
  signal?: AbortSignal;
}

/** What draws are named after: a machine alone, whatever it is called. */
const SITE = "alone";

/**
 * Trains, on the current engine. Whenever the process dies, the same call goes on from the last checkpoint and comes to
 * the same weights, since what a step draws is a pure function of seed and step.
 *
 * @returns the weights of the network as it predicts
 * @throws {UserError} if there is nothing to learn, the training diverges, or checkpoints cannot be written.
 * @throws the signal's reason when it is aborted.
 */
export async function train(options: TrainOptions): Promise<NamedVector[]> {
  const { start, patch, cases, unlabelled, labels, recipe, seed, ahead, checkpoints, checkpointEvery } = options;
  const { onResume, onCheckpoint, warn, signal } = options;
  const { tuner, dispose } = openFineTuning({
    ...start,
    ...{ patch, cases, unlabelled, labels, seed, ahead, settings: recipe, site: SITE },
  });
  try {
    const { round: done, warnings } = await checkpoints.restore(tuner);
    warnings.forEach(warn);
    if (done > 0) onResume(done);
    let isUnwritten = false;
    for await (const progress of tuner.round({ steps: recipe.steps - tuner.step })) {
      const { step } = progress;
      if (isUnwritten || step % checkpointEvery === 0 || step === recipe.steps || signal?.aborted) {
        const [weights, state] = [await tuner.weights(), await tuner.state()];
        const failure = await checkpoints.write({ round: step, weights, state });
        isUnwritten = failure !== undefined;
        if (failure !== undefined) warn(failure);
        else onCheckpoint(progress);
      }
      signal?.throwIfAborted();
    }
    return withoutSupervision(await tuner.testedWeights());
  } finally {
    await dispose();
  }
}
