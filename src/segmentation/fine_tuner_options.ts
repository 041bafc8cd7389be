/**
 * What a fine-tuning is told.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type { Triple } from "../core/triple.ts";
import type { Augmentation } from "../data/augmentation/augmentation.ts";
import { IGNORED, isIgnored } from "../data/labels/ignored.ts";
import type { PreparedCase } from "../data/prepare.ts";
import type { Pull } from "../engine/optimiser.ts";
import { requirePatchShape } from "../model/config.ts";
import type { UNet } from "../model/unet.ts";
import type { DiceCrossEntropyOptions } from "./losses.ts";
import type { RateCourseOptions } from "./schedule.ts";
import type { Teaching } from "./unlabelled/teaching.ts";

/** Options of a `FineTuner`; the rate's course runs over all `steps`, all rounds together. */
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

/** Options of a training that learns from unlabelled cases. */
export type TaughtOptions = FineTunerOptions & Required<Pick<FineTunerOptions, "unlabelled">> & { teaching: Teaching };

/** Whether unlabelled cases are learnt from: there are some, and it is said how. */
export function isTaught(options: FineTunerOptions): options is TaughtOptions {
  return !!options.teaching && (options.unlabelled ?? []).length > 0;
}

/**
 * Checks what can be known before the first step.
 *
 * @throws {UserError} if there is nothing to learn from, a label is no class of the network, or the patch does not fit
 * it.
 */
export function requireTrainable(options: FineTunerOptions): void {
  const { unet: { config }, cases, patch } = options;
  requirePatchShape(config, patch);
  if (cases.length === 0 && !isTaught(options)) {
    throw new UserError("fine-tuning: there must be at least one labelled case");
  }
  if (isTaught(options) && config.classes > IGNORED) {
    throw new UserError(`learning from unlabelled volumes: there may be at most ${IGNORED} classes`, {
      value: config.classes,
    });
  }
  for (const prepared of cases) requireLabels(prepared, config.classes);
}

function requireLabels({ id, label }: PreparedCase, classes: number): void {
  if (!label) throw new UserError("fine-tuning: the case must have labels", { where: id });
  const largest = label.reduce((a, b) => isIgnored(b, classes) ? a : Math.max(a, b), 0);
  if (largest >= classes) {
    throw new UserError(`fine-tuning: labels must be below the network's ${classes} classes`, {
      where: id,
      value: largest,
    });
  }
}
