/**
 * The patches of a fine-tuning's steps: what decides them, and what prepares them.
 *
 * @module
 */
import { DEFAULT_AUGMENTATION } from "../data/augmentation/sets/default.ts";
import type { BatchLoader } from "../data/loading/batch_loader.ts";
import { openLoader } from "../data/loading/loader.ts";
import { shareCase } from "../data/loading/share.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { type FineTunerOptions, isTaught } from "./fine_tuner_options.ts";
import { type StepBatch, stepBatchesFrom, type StepRequest } from "./step_batches.ts";
import { STRONG_AUGMENTATION } from "./unlabelled/batches.ts";
import { unlabelledVariants } from "./unlabelled/variants.ts";

const DEFAULT_BATCH = 2;

/** Opens what prepares the patches of steps; the caller's to stop. */
export function openSteps(options: FineTunerOptions): BatchLoader<StepRequest, StepBatch> {
  const { cases, batch = DEFAULT_BATCH, patch, foregroundProbability = 0.67, ahead = 0 } = options;
  const { augmentation = DEFAULT_AUGMENTATION, oversampling, softLabels } = options;
  const shared = (all: readonly PreparedCase[]) => ahead > 0 ? all.map(shareCase) : all;
  return openLoader({
    input: {
      ...(cases.length > 0 && {
        labelled: {
          ...{ batch, patch, foregroundProbability, augmentation, oversampling, softLabels },
          cases: shared(cases),
        },
      }),
      ...(isTaught(options) && {
        unlabelled: {
          ...{ patch, geometry: augmentation.geometry, strong: STRONG_AUGMENTATION },
          batch: options.teaching.batch,
          cases: shared(options.unlabelled),
        },
      }),
    },
    prepareFrom: stepBatchesFrom,
    worker: new URL("./_batch_worker.ts", import.meta.url),
    ahead,
  });
}

/** What decides the patches of `step`, from 0: a pure function of its number. */
export function stepRequest(step: number, options: FineTunerOptions): StepRequest {
  const { cases, batch = DEFAULT_BATCH, patch, rng } = options;
  const drawn = rng.fork(`step/${step}`), { seed } = drawn;
  if (!isTaught(options)) return { seed };
  const { variant, batch: unlabelled } = options.teaching;
  const planned = unlabelledVariants.named(variant).plan({
    ...{ unlabelled, labelled: cases.length > 0 ? batch : 0, shape: patch },
    rng: drawn.fork("plan"),
  });
  return { seed, planned };
}
