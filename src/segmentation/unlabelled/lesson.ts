/**
 * What a student learns of unlabelled patches in a step.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import { IGNORED } from "../../data/labels/ignored.ts";
import { voxelCount } from "../../data/volume.ts";
import type { UnlabelledBatch } from "./batches.ts";
import { mix } from "./mix.ts";
import { pseudoLabels, type Teacher } from "./pseudo_labels.ts";
import { type Teaching, weightAt } from "./teaching.ts";

/** Patches with labels. */
export interface Lesson {
  /** [patches, depth, height, width, channels] */
  readonly image: Float32Array;
  /** Channels of the images. */
  readonly channels: number;
  /** [patches, depth, height, width], classes, `IGNORED` where nobody knows the voxel's */
  readonly label: Uint8Array;
  /** [patches, depth, height, width, classes], the share of each class in each voxel, where it is known. */
  readonly shares?: Float32Array;
  /** What its loss counts. */
  readonly weight: number;
}

/** Options of {@linkcode lessonOf}. */
export interface LessonOptions {
  readonly teaching: Teaching;
  /** Voxels of a patch along z, y, x. */
  readonly patch: Triple;
  /** The share of the training that is done, from 0 to below 1. */
  readonly t: number;
  /** Of the step's labelled patches, [labelled, depth, height, width] */
  readonly labels: Uint8Array;
}

/**
 * Asks the teacher for labels and puts them together as the student's patches are. The loss counts by the share of
 * voxels that the teacher is sure of, so that a teacher who knows little teaches little.
 *
 * @returns that share, and what is learnt; nothing if it is 0 or counts nothing.
 */
export async function lessonOf(
  teacher: Teacher,
  { image, channels, student, planned }: UnlabelledBatch,
  { teaching, patch, t, labels }: LessonOptions,
): Promise<{ sure: number; lesson?: Lesson }> {
  const taught = await pseudoLabels(teacher, image, { ...teaching, patch, channels });
  const sure = shareOfSure(taught), weight = sure * weightAt(t, teaching);
  if (weight === 0) return { sure };
  const label = new Uint8Array(planned.length * voxelCount(patch));
  mix(planned, { unlabelled: taught, labelled: labels }, label, patch);
  return { sure, lesson: { image: student, channels, label, weight } };
}

function shareOfSure(labels: Uint8Array): number {
  let sure = 0;
  for (let voxel = 0; voxel < labels.length; voxel++) if (labels[voxel] !== IGNORED) sure++;
  return sure / labels.length;
}
