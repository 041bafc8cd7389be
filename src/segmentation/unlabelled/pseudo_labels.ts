/**
 * What a teacher says of patches.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../core/triple.ts";
import { IGNORED } from "../../data/labels/ignored.ts";
import { keepLargestParts } from "../../data/labels/largest_parts.ts";
import { voxelCount } from "../../data/volume.ts";
import type { Tensor5D } from "../../engine/tensors.ts";
import type { Teaching } from "./teaching.ts";

/** What labels patches. */
export interface Teacher {
  /** [batch, depth, height, width, channels] -> logits [batch, depth, height, width, classes] */
  forward(x: Tensor5D): Tensor5D;
}

/**
 * The class of each voxel that the teacher is sure of, `IGNORED` for the others; without gradients.
 *
 * @param image [patches, depth, height, width, channels]
 * @returns [patches, depth, height, width]
 */
export async function pseudoLabels(
  teacher: Teacher,
  image: Float32Array,
  options: { patch: Triple; channels: number } & Pick<Teaching, "threshold" | "largest">,
): Promise<Uint8Array<ArrayBuffer>> {
  const { patch, channels, threshold, largest } = options;
  const voxels = voxelCount(patch), count = image.length / (voxels * channels);
  const probabilities = tf.tidy(() => {
    const x = tf.tensor5d(image, [count, ...patch, channels]); // [patches, depth, height, width, channels]
    return tf.softmax(teacher.forward(x)); // [patches, depth, height, width, classes]
  });
  try {
    const classes = probabilities.shape[4];
    const labels = sureClasses(await probabilities.data<"float32">(), classes, threshold);
    const parts = { values: Array.from({ length: classes - 1 }, (_, index) => index + 1), otherwise: IGNORED };
    for (let start = 0; largest && start < labels.length; start += voxels) {
      keepLargestParts(labels.subarray(start, start + voxels), [patch[2], patch[1], patch[0]], parts);
    }
    return labels;
  } finally {
    probabilities.dispose();
  }
}

/**
 * The most probable class where its probability reaches `threshold`; `IGNORED` elsewhere.
 *
 * @param probabilities [voxels, classes]
 */
export function sureClasses(probabilities: Float32Array, classes: number, threshold: number): Uint8Array<ArrayBuffer> {
  const labels = new Uint8Array(probabilities.length / classes);
  for (let voxel = 0, at = 0; voxel < labels.length; voxel++, at += classes) {
    let best = 0;
    for (let label = 1; label < classes; label++) {
      if (probabilities[at + label] > probabilities[at + best]) best = label;
    }
    labels[voxel] = probabilities[at + best] >= threshold ? best : IGNORED;
  }
  return labels;
}
