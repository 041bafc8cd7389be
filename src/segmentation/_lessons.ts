/**
 * The loss of what a network learns in one step, and its gradients.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../core/triple.ts";
import { voxelCount } from "../data/volume.ts";
import type { Scalar, Tensor, Tensor5D } from "../engine/tensors.ts";
import { variableGradients } from "../model/gradients.ts";
import type { NamedVariables } from "../model/layers.ts";
import type { UNet } from "../model/unet.ts";
import { deepLoss, deepTaughtLoss } from "./deep_supervision.ts";
import type { DiceCrossEntropyOptions } from "./losses.ts";
import type { CardLesson } from "./unlabelled/card_lesson.ts";
import type { Lesson } from "./unlabelled/lesson.ts";

/** Options of {@linkcode lossAndGradients}. */
export interface LossAndGradientsOptions {
  /** Voxels of a patch along z, y, x. */
  readonly patch: Triple;
  /** Weights of Dice and cross-entropy. */
  readonly loss?: DiceCrossEntropyOptions;
  /** Variables that gradients are wanted of. */
  readonly trained: NamedVariables;
}

/**
 * The sum of the lessons' losses, each by its weight, and the gradients by the names of `trained`; the caller's to
 * dispose. Of no lessons the loss is 0 and there are no gradients.
 */
export function lossAndGradients(
  unet: UNet,
  lessons: readonly (Lesson | CardLesson)[],
  { patch, loss, trained }: LossAndGradientsOptions,
): { value: Scalar; gradients: Map<string, Tensor> } {
  if (lessons.length === 0) return { value: tf.scalar(0), gradients: new Map() };
  const voxels = voxelCount(patch);
  const inputs = lessons.map(({ image, channels }): Tensor5D =>
    tf.tensor5d(image, [image.length / (voxels * channels), ...patch, channels])
  );
  try {
    return variableGradients(() => {
      const losses = lessons.map((lesson, index): Scalar => {
        const logits = unet.forwardDeep(inputs[index]), { weight } = lesson;
        const one = "labels" in lesson
          ? deepTaughtLoss(logits, lesson.labels, loss)
          : deepLoss(logits, lesson.label, { ...loss, shares: lesson.shares });
        return weight === 1 ? one : tf.mul(one, weight);
      });
      return losses.length === 1 ? losses[0] : tf.addN(losses);
    }, trained);
  } finally {
    tf.dispose(inputs);
  }
}

/**
 * What of a step is taken. Adam's steps do not shrink with the loss: where nothing is learnt but what the teacher says,
 * the step is as small as the lesson's weight.
 */
export function shareOf(lessons: readonly (Lesson | CardLesson)[]): number {
  return Math.min(1, Math.max(0, ...lessons.map(({ weight }) => typeof weight === "number" ? weight : 0)));
}

/** What a lesson has on a card, for its owner to dispose. */
export function ofCard(lesson: Lesson | CardLesson): Tensor[] {
  return "labels" in lesson ? [lesson.labels, lesson.weight] : [];
}
