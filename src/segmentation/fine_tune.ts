/**
 * Supervised training of a U-Net on few labelled cases: from a pre-trained encoder or, with the same budget, from
 * scratch.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { augmentIntensity, type IntensityAugmentation } from "../data/augment.ts";
import { type GeometryAugmentation, samplePatch } from "../data/patches.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { type Vec3, voxelCount } from "../data/volume.ts";
import { variableGrads } from "../engine/gradients.ts";
import { AdamW, globalNorm } from "../engine/optimizer.ts";
import { requirePatchShape } from "../model/config.ts";
import type { UNet } from "../model/unet.ts";
import { diceCrossEntropy, type DiceCrossEntropyOptions } from "./losses.ts";
import { type ScheduleName, schedules } from "./schedule.ts";

/** Random changes to what the network is shown; see src/data for each field. */
export interface Augmentation {
  readonly geometry?: GeometryAugmentation;
  readonly intensity?: IntensityAugmentation;
}

/**
 * Mild changes that hold for any organ: no flips, since left and right or front and back can be different structures.
 */
export const DEFAULT_AUGMENTATION: Augmentation = {
  geometry: { rotation: 15, scale: [0.85, 1.18] },
  intensity: { gamma: [0.7, 1.4], scale: [0.8, 1.25], shift: 0.2, noise: 0.1, blur: 0.7, probability: 0.3 },
};

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

/** Skipped steps in a row that end the training. */
const MAX_SKIPPED_IN_A_ROW = 5;

/**
 * Trains `unet` in place, a step an iteration; whoever iterates sets the pace, and may stop early.
 *
 * @throws {UserError} if no case is labelled, a label is no class of the network, the patch does not fit it, or five
 * steps in a row had no finite loss.
 * @throws the signal's reason when it is aborted.
 */
export async function* fineTune(options: FineTuneOptions): AsyncGenerator<FineTuneProgress, void, void> {
  const { unet, steps, patch, rng, learningRate = DEFAULT_RATE, encoderRate = 1, warmUpSteps = 0, clipNorm = 12 } =
    options;
  const { schedule = "polynomial", loss: lossOptions, signal } = options;
  requirePatchShape(unet.config, patch);
  requireLabelled(options.cases, unet.config.classes);

  const groups = [
    { variables: unet.decoderVariables, share: 1, from: 0 },
    { variables: unet.encoder.variables, share: encoderRate, from: warmUpSteps },
  ].filter(({ share }) => share > 0).map((group) => ({ ...group, optimizer: new AdamW(group.variables) }));
  let skipped = 0, skippedInARow = 0;
  try {
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const start = performance.now();
      const { image, label, ids } = drawBatch(options, rng.fork(`step/${step}`));
      const active = groups.filter(({ from }) => step >= from);
      const trained = active.flatMap(({ variables }) => [...variables.values()]);
      const { value, grads } = tf.tidy(() => {
        const x = tf.tensor5d(image, [ids.length, ...patch, 1]); // [batch, depth, height, width, 1]
        return variableGrads(() => diceCrossEntropy(unet.forward(x), label, lossOptions), trained);
      });
      let loss: number, norm: number;
      try {
        [loss] = await value.data();
        norm = await globalNorm(new Map(Object.entries(grads)));
        if (Number.isFinite(loss) && Number.isFinite(norm)) {
          const rate = learningRate * schedules[schedule](step / steps);
          const scale = Math.min(1, clipNorm / norm);
          for (const { optimizer, variables, share } of active) {
            const gradients = new Map([...variables].map(([name, variable]) => [name, grads[variable.name]]));
            optimizer.apply(gradients, { learningRate: rate * share, scale });
          }
          skippedInARow = 0;
        } else {
          skipped++;
          skippedInARow++;
        }
      } finally {
        tf.dispose([value, grads]);
      }
      if (skippedInARow === MAX_SKIPPED_IN_A_ROW) throw diverged(options, { step: step + 1, loss, ids });
      const seconds = (performance.now() - start) / 1000;
      yield { step: step + 1, steps, loss: skippedInARow > 0 ? NaN : loss, seconds, skipped };
    }
  } finally {
    for (const { optimizer } of groups) optimizer.dispose();
  }
}

/** The patches of one step: cases in turn from a random start, so that each is seen as often as the others. */
function drawBatch(options: FineTuneOptions, rng: Rng) {
  const { cases, batch = 2, patch, foregroundProbability = 0.67, augmentation = DEFAULT_AUGMENTATION } = options;
  const voxels = voxelCount(patch);
  const image = new Float32Array(batch * voxels), label = new Uint8Array(batch * voxels);
  const drawn = Array.from({ length: Math.ceil(batch / cases.length) }, () => rng.shuffle(cases)).flat().slice(
    0,
    batch,
  );
  drawn.forEach((prepared, index) => {
    const { geometry, intensity } = augmentation;
    const plain = samplePatch(prepared, { shape: patch, rng, foregroundProbability, geometry });
    const shown = intensity ? augmentIntensity(plain, intensity, rng) : plain;
    image.set(shown.image, index * voxels);
    label.set(shown.label!, index * voxels);
  });
  return { image, label, ids: drawn.map(({ id }) => id) };
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

/** What is known about why training cannot go on. */
function diverged(options: FineTuneOptions, at: { step: number; loss: number; ids: string[] }): UserError {
  const spoilt = options.cases.find(({ image }) => !image.every(Number.isFinite));
  if (spoilt) {
    return new UserError("fine-tuning: the case's image must hold finite values only", { where: spoilt.id });
  }
  const what = Number.isFinite(at.loss) ? "gradients were" : "loss was";
  return new UserError(
    `fine-tuning: the ${what} not finite in ${MAX_SKIPPED_IN_A_ROW} steps in a row; ` +
      "the weights that were loaded are damaged, or a lower learning rate is needed",
    {
      where: `step ${at.step}, cases ${at.ids.join(", ")}`,
      value: `learning rate ${options.learningRate ?? DEFAULT_RATE}`,
    },
  );
}
