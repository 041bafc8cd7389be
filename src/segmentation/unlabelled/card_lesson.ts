/**
 * What a student learns of unlabelled patches in a step, where a card can keep what the teacher says of them: the same as
 * in `lesson.ts`, and nobody waits for it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../core/triple.ts";
import { isIgnored } from "../../data/labels/ignored.ts";
import { voxelCount } from "../../data/volume.ts";
import {
  classTableKernel,
  largestPartsKernel,
  pickLabelsKernel,
  sureLabelsKernel,
} from "../../engine/ops/taught_labels.ts";
import type { Scalar, Tensor, Tensor5D } from "../../engine/tensors.ts";
import type { UnlabelledBatch } from "./batches.ts";
import type { LessonOptions } from "./lesson.ts";
import { mix } from "./mix.ts";
import type { Teacher } from "./pseudo_labels.ts";
import { weightAt } from "./teaching.ts";

/** Patches whose labels are on a card alone. */
export interface CardLesson {
  /** [patches, depth, height, width, channels] */
  readonly image: Float32Array;
  /** Channels of the images. */
  readonly channels: number;
  /** int32 [voxels], below 0 where nobody knows the voxel's class; freed by whoever asked for the lesson. */
  readonly labels: Tensor;
  /** What its loss counts; freed likewise. */
  readonly weight: Scalar;
}

/** Whether the current engine can. */
export function areLessonsOnCard(): boolean {
  return sureLabelsKernel.isAvailable;
}

/** As `lessonOf`, but that there is a lesson, which counts nothing, where the teacher is sure of nothing. */
export function cardLessonOf(
  teacher: Teacher,
  { image, channels, student, planned }: UnlabelledBatch,
  { teaching, patch, t, labels: given }: LessonOptions,
): CardLesson {
  const voxels = voxelCount(patch), patches = image.length / (voxels * channels), taughtVoxels = patches * voxels;
  const { labels, weight } = tf.tidy(() => {
    const x = tf.tensor5d(image, [patches, ...patch, channels]); // [patches, depth, height, width, channels]
    const logits = teacher.forward(x) as Tensor5D, classes = logits.shape[4]; // [patches, .., classes]
    const [sure] = sureLabelsKernel.run({ logits }, { threshold: teaching.threshold }); // [patches * voxels]
    const [taught] = teaching.largest
      ? largestPartsKernel.run({ labels: sure }, { shape: [patches, ...patch], classes })
      : [sure];
    const [, share] = classTableKernel.run({ labels: taught }, { classes, balance: 0 });
    const places = placesOf(planned, { patch, taughtVoxels, givenVoxels: given.length });
    const known = new Int32Array(given.length);
    for (let i = 0; i < known.length; i++) known[i] = isIgnored(given[i], classes) ? -1 : given[i];
    const [labels] = pickLabelsKernel.run({
      taught,
      given: tf.tensor1d(known.length > 0 ? known : [-1], "int32"), // nothing is picked of the one
      places: tf.tensor1d(places, "int32"), // [planned * voxels]
    }, {});
    return { labels, weight: tf.mul(share, weightAt(t, teaching)) as Scalar };
  });
  return { image: student, channels, labels, weight };
}

/** Where each voxel of the student's patches comes from: what was taught, then what is given. */
function placesOf(
  planned: UnlabelledBatch["planned"],
  { patch, taughtVoxels, givenVoxels }: { patch: Triple; taughtVoxels: number; givenVoxels: number },
): Int32Array {
  const places = new Int32Array(planned.length * voxelCount(patch));
  const sources = {
    unlabelled: Int32Array.from({ length: taughtVoxels }, (_, voxel) => voxel),
    labelled: Int32Array.from({ length: givenVoxels }, (_, voxel) => taughtVoxels + voxel),
  };
  mix(planned, sources, places, patch);
  return places;
}
