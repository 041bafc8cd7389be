/**
 * The steps of a fine-tuning at one go, with checkpoints among them: through any kill, to the same bits, since what a
 * step draws is a pure function of seed and step.
 *
 * @module
 */
import type { NamedVector } from "../core/vectors.ts";
import type { FineTuneProgress, FineTuner } from "../segmentation/fine_tuner.ts";
import type { Checkpoints } from "./checkpoints.ts";

/** Options of {@linkcode trainSteps}. */
export interface TrainStepsOptions {
  /** Of the whole training. */
  steps: number;
  /** Those of this training, by steps. */
  checkpoints: Checkpoints;
  /** Steps between two checkpoints; the last step always has one. */
  checkpointEvery: number;
  /** Told where it goes on, before its first step; not where it begins. */
  onResume?: (step: number) => void;
  /** Told of each step. */
  onStep?: (progress: FineTuneProgress) => void;
  /** Told of each step that a checkpoint holds. */
  onCheckpoint?: (progress: FineTuneProgress) => void;
  /** Told what is no mistake yet: a damaged checkpoint, a disk that is full. */
  warn: (message: string) => void;
  /** Whether to end after this step, although there are more. @default never */
  isOver?: () => boolean;
  /** Ends it after a step, whose checkpoint is written. */
  signal?: AbortSignal;
}

/** Names the losses so far in a checkpoint. */
const LOSSES = "losses";

/** The losses of `steps` steps, for a checkpoint. */
export function lossesVector(losses: readonly number[]): NamedVector {
  return { name: LOSSES, shape: [losses.length], data: Float32Array.from(losses) };
}

/** The losses in a checkpoint's state; none in those that are older than the others. */
export function lossesIn(state: readonly NamedVector[]): number[] {
  return [...state.find(({ name }) => name === LOSSES)?.data ?? []];
}

/** Brings `losses` to `step` steps; those of steps that were not done here are not known. */
export function extendLosses(losses: number[], step: number): void {
  losses.length = Math.min(losses.length, step);
  while (losses.length < step) losses.push(NaN);
}

/**
 * Trains `tuner`, which is new, from where the latest checkpoint left it; one step at least, where none was done.
 *
 * @returns the loss of every step from the first on, NaN where it was skipped or is not known.
 * @throws {UserError} if the training diverges, or checkpoints cannot be written, or are of other settings.
 * @throws the signal's reason when it is aborted.
 */
export async function trainSteps(tuner: FineTuner, options: TrainStepsOptions): Promise<number[]> {
  const { steps, checkpoints, checkpointEvery, onResume, onStep, onCheckpoint, warn, isOver, signal } = options;
  const { round: done, state, warnings } = await checkpoints.restore(tuner);
  warnings.forEach(warn);
  const losses = lossesIn(state);
  extendLosses(losses, done);
  if (done > 0) onResume?.(done);
  if (done > 0 && isOver?.()) return losses;
  let isUnwritten = false;
  for await (const progress of tuner.round({ steps: steps - tuner.step })) {
    const { step } = progress;
    losses.push(...progress.losses);
    onStep?.(progress);
    const isLast = step === steps || isOver?.() === true || signal?.aborted === true;
    if (isUnwritten || isLast || step % checkpointEvery === 0) {
      losses.push(...await tuner.settle());
      const [weights, state] = [await tuner.weights(), [...await tuner.state(), lossesVector(losses)]];
      const failure = await checkpoints.write({ round: step, weights, state });
      isUnwritten = failure !== undefined;
      if (failure !== undefined) warn(failure);
      else onCheckpoint?.(progress);
    }
    signal?.throwIfAborted();
    if (isLast) break;
  }
  return losses;
}
