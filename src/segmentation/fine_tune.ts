/**
 * Supervised training of a U-Net on few labelled cases: from a pre-trained encoder or, with the same budget, from
 * scratch.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { openLoader } from "../data/loading/loader.ts";
import { shareCase } from "../data/loading/share.ts";
import type { PreparedCase } from "../data/prepare.ts";
import type { Vec3 } from "../data/volume.ts";
import { AdamW, globalNorm } from "../engine/optimizer.ts";
import { requirePatchShape } from "../model/config.ts";
import { DivergenceWatch, isFiniteStep, type SeenStep } from "../model/divergence.ts";
import { variableGradients } from "../model/gradients.ts";
import type { NamedVariables } from "../model/layers.ts";
import type { UNet } from "../model/unet.ts";
import { type Augmentation, type Batch, batchesFrom, DEFAULT_AUGMENTATION } from "./batches.ts";
import { diceCrossEntropy, type DiceCrossEntropyOptions } from "./losses.ts";
import { type ScheduleName, schedules } from "./schedule.ts";

/** Options of {@linkcode fineTune}. */
export interface FineTuneOptions {
  unet: UNet;
  /** Labelled cases, their classes below the network's. */
  cases: readonly PreparedCase[];
  steps: number;
  /** Patches a step. @default 2 */
  batch?: number;
  /** Voxels of a patch along z, y, x. */
  patch: Vec3;
  /** Decides cases, patches and augmentation. */
  rng: Rng;
  /** The decoder's rate. @default 1e-2 */
  learningRate?: number;
  /** The encoder's rate as a share of the decoder's, from 0 (frozen) to 1. @default 1 */
  encoderRate?: number;
  /** First steps with the encoder frozen. @default 0 */
  warmUpSteps?: number;
  /** @default "polynomial" */
  schedule?: ScheduleName;
  /** @default DEFAULT_AUGMENTATION */
  augmentation?: Augmentation;
  /** How often a patch is centred on a labelled voxel. @default 0.67 */
  foregroundProbability?: number;
  /** Gradients are scaled down to this norm (nnU-Net's 12). @default 12 */
  clipNorm?: number;
  loss?: DiceCrossEntropyOptions;
  /** Batches that are prepared ahead in a thread of its own; 0: each in its turn. @default 0 */
  ahead?: number;
  /** Skipped steps in a row that end the training. @default 5 */
  patience?: number;
  signal?: AbortSignal;
}

/** What is known after a step. */
export interface FineTuneProgress {
  /** Steps done, from 1. */
  step: number;
  steps: number;
  /** NaN where the step was skipped. */
  loss: number;
  /** Of this step. */
  seconds: number;
  /** Steps skipped so far because the loss or a gradient was not finite. */
  skipped: number;
}

/** Best or near it among 2e-3 to 3e-2 at 100 to 150 steps on hippocampus volumes (one seed). */
const DEFAULT_RATE = 1e-2;

/**
 * Trains `unet` in place, a step an iteration; whoever iterates sets the pace, and may stop early.
 *
 * @throws {UserError} if no case is labelled, a label is no class of the network, the patch does not fit it, or too many
 * steps in a row had no finite loss and gradients.
 * @throws the signal's reason when it is aborted.
 */
export async function* fineTune(options: FineTuneOptions): AsyncGenerator<FineTuneProgress, void, void> {
  const { unet, cases, steps, patch, rng, signal, patience, clipNorm = 12 } = options;
  const { learningRate = DEFAULT_RATE, encoderRate = 1, warmUpSteps = 0, schedule = "polynomial" } = options;
  requirePatchShape(unet.config, patch);
  requireLabelled(cases, unet.config.classes);

  const groups = [
    { variables: unet.decoderVariables, share: 1, from: 0 },
    { variables: unet.encoder.variables, share: encoderRate, from: warmUpSteps },
  ].filter(({ share }) => share > 0).map((group) => ({ ...group, optimizer: new AdamW(group.variables) }));
  const watch = new DivergenceWatch({ doing: "fine-tuning", variables: unet.variables, volumes: cases, patience });
  const loader = loaderOf(options);
  const requests = Array.from({ length: steps }, (_, step) => ({ seed: rng.fork(`step/${step}`).seed }));
  try {
    let step = 0, start = performance.now();
    for await (const batch of loader.batches(requests, { signal })) {
      const active = groups.filter(({ from }) => step >= from);
      const trained = new Map(active.flatMap(({ variables }) => [...variables]));
      const { value, gradients } = lossAndGradients(options, batch, trained);
      let seen: SeenStep;
      try {
        const rate = learningRate * schedules[schedule](step / steps);
        const [[loss], norm] = await Promise.all([value.data(), globalNorm(gradients)]);
        seen = { loss, norm, gradients, learningRate: rate };
        if (isFiniteStep(seen)) {
          const scale = Math.min(1, clipNorm / seen.norm);
          for (const { optimizer, variables, share } of active) {
            const own = new Map([...variables.keys()].map((name) => [name, gradients.get(name)!]));
            optimizer.apply(own, { learningRate: rate * share, scale });
          }
        }
        await watch.see(seen);
      } finally {
        tf.dispose([value, ...gradients.values()]);
      }
      step++;
      const loss = isFiniteStep(seen) ? seen.loss : NaN;
      yield { step, steps, loss, seconds: (performance.now() - start) / 1000, skipped: watch.skipped };
      start = performance.now();
    }
  } finally {
    await loader.stop();
    for (const { optimizer } of groups) optimizer.dispose();
  }
}

/** What prepares the batches. */
function loaderOf(options: FineTuneOptions) {
  const { cases, batch = 2, patch, foregroundProbability = 0.67, augmentation = DEFAULT_AUGMENTATION, ahead = 0 } =
    options;
  return openLoader({
    input: {
      ...{ batch, patch, foregroundProbability, augmentation },
      cases: ahead > 0 ? cases.map(shareCase) : cases,
    },
    prepareFrom: batchesFrom,
    worker: new URL("./_batch_worker.ts", import.meta.url),
    ahead,
  });
}

/** The loss of a batch and its gradients by the names of `trained`; the caller's to dispose. */
function lossAndGradients({ unet, patch, loss }: FineTuneOptions, batch: Batch, trained: NamedVariables) {
  const { image, label, ids } = batch;
  const x = tf.tensor5d(image, [ids.length, ...patch, 1]); // [batch, depth, height, width, 1]
  try {
    return variableGradients(() => diceCrossEntropy(unet.forward(x), label, loss), trained);
  } finally {
    x.dispose();
  }
}

function requireLabelled(cases: readonly PreparedCase[], classes: number): void {
  if (cases.length === 0) throw new UserError("fine-tuning: there must be at least one labelled case");
  for (const { id, label } of cases) {
    if (!label) throw new UserError("fine-tuning: the case must have labels", { where: id });
    const largest = label.reduce((a, b) => Math.max(a, b), 0);
    if (largest >= classes) {
      throw new UserError(`fine-tuning: labels must be below the network's ${classes} classes`, {
        where: id,
        value: largest,
      });
    }
  }
}
