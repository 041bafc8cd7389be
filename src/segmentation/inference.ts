/**
 * Whole-volume prediction by overlapping patches.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { PreparedCase } from "../data/prepare.ts";
import { type Vec3, voxelCount } from "../data/volume.ts";

/** What predicts: a {@linkcode UNet}, or anything else that gives logits. */
export interface Segmenter {
  /** [batch, depth, height, width, 1] -> logits [batch, depth, height, width, classes] */
  forward(x: tf.Tensor5D): tf.Tensor5D;
}

/** Options of {@linkcode slideWindow} and {@linkcode predictProbabilities}. */
export interface InferenceOptions {
  /** Voxels of a patch along z, y, x; the one of the training. */
  patch: Vec3;
  /** Share of a patch that the next one covers again, from 0 to below 1. @default 0.5 */
  overlap?: number;
  signal?: AbortSignal;
}

/** Windows done so far. */
export interface InferenceProgress {
  window: number;
  windows: number;
}

/** Standard deviation of a patch's weights as a share of its extent (nnU-Net's choice). */
const WEIGHT_DEVIATION = 1 / 8;

/**
 * Where patches of extent `patch` start along an axis of `extent` voxels: evenly, from the first to the last possible
 * place, at most `1 - overlap` of a patch apart. A patch longer than the axis starts before it, centred.
 */
export function windowStarts(extent: number, patch: number, overlap: number): number[] {
  if (patch >= extent) return [-Math.floor((patch - extent) / 2)];
  const stride = Math.max(1, Math.floor(patch * (1 - overlap)));
  const last = Math.ceil((extent - patch) / stride);
  return Array.from({ length: last + 1 }, (_, index) => Math.round(index * (extent - patch) / last));
}

/**
 * Predicts a volume window by window. Each window's probabilities (the softmax of its logits) count with a Gaussian
 * weight, greatest in the window's middle; one window is in memory at a time. Where a window reaches beyond the volume,
 * it sees the border voxels continued, as patches do in training.
 *
 * @returns [depth, height, width, classes], each voxel's summing to 1
 * @throws the signal's reason when it is aborted.
 */
export async function* slideWindow(
  segmenter: Segmenter,
  volume: Pick<PreparedCase, "image" | "shape">,
  options: InferenceOptions,
): AsyncGenerator<InferenceProgress, Float32Array, void> {
  const { patch, overlap = 0.5, signal } = options;
  if (!(overlap >= 0 && overlap < 1)) throw new RangeError(`the overlap must be from 0 to below 1, got ${overlap}`);
  const { shape } = volume;
  const [zs, ys, xs] = shape.map((extent, axis) => windowStarts(extent, patch[axis], overlap));
  const windows = zs.length * ys.length * xs.length;
  const weights = patch.map(gaussianWeights);
  const totals = new Float64Array(voxelCount(shape));
  let sums: Float32Array | undefined; // [depth, height, width, classes]
  let window = 0;
  for (const z of zs) {
    for (const y of ys) {
      for (const x of xs) {
        signal?.throwIfAborted();
        const start: Vec3 = [z, y, x];
        const probabilities = await predictWindow(segmenter, readWindow(volume, start, patch), patch);
        sums ??= new Float32Array(totals.length * probabilities.length / voxelCount(patch));
        addWindow({ sums, totals, shape }, { probabilities, weights, start, patch });
        yield { window: ++window, windows };
      }
    }
  }
  const classes = sums!.length / totals.length;
  for (let i = 0; i < sums!.length; i++) sums![i] /= totals[Math.floor(i / classes)];
  return sums!;
}

/** {@linkcode slideWindow} to its end. */
export async function predictProbabilities(
  segmenter: Segmenter,
  volume: Pick<PreparedCase, "image" | "shape">,
  options: InferenceOptions & { onProgress?: (progress: InferenceProgress) => void },
): Promise<Float32Array> {
  const windows = slideWindow(segmenter, volume, options);
  while (true) {
    const { done, value } = await windows.next();
    if (done) return value;
    options.onProgress?.(value);
  }
}

/** Weights along one axis of a patch; never zero. */
function gaussianWeights(extent: number): Float64Array {
  const deviation = extent * WEIGHT_DEVIATION;
  return Float64Array.from({ length: extent }, (_, i) => Math.exp(-0.5 * ((i - (extent - 1) / 2) / deviation) ** 2));
}

/** The window's voxels, [depth, height, width]; the border continues beyond the volume. */
function readWindow({ image, shape }: Pick<PreparedCase, "image" | "shape">, start: Vec3, patch: Vec3): Float32Array {
  const values = new Float32Array(voxelCount(patch));
  const inside = (index: number, axis: number) => Math.min(Math.max(start[axis] + index, 0), shape[axis] - 1);
  let to = 0;
  for (let k = 0; k < patch[0]; k++) {
    for (let j = 0; j < patch[1]; j++) {
      const row = (inside(k, 0) * shape[1] + inside(j, 1)) * shape[2];
      for (let i = 0; i < patch[2]; i++) values[to++] = image[row + inside(i, 2)];
    }
  }
  return values;
}

/** The window's probabilities, [depth, height, width, classes]. */
async function predictWindow(segmenter: Segmenter, values: Float32Array, patch: Vec3): Promise<Float32Array> {
  const probabilities = tf.tidy(() => {
    const x = tf.tensor5d(values, [1, ...patch, 1]); // [1, depth, height, width, 1]
    return tf.softmax(segmenter.forward(x)); // [1, depth, height, width, classes]
  });
  try {
    return await probabilities.data<"float32">();
  } finally {
    probabilities.dispose();
  }
}

/** Adds the part of a window that lies in the volume. */
function addWindow(
  { sums, totals, shape }: { sums: Float32Array; totals: Float64Array; shape: Vec3 },
  window: { probabilities: Float32Array; weights: Float64Array[]; start: Vec3; patch: Vec3 },
): void {
  const { probabilities, weights, start, patch } = window;
  const classes = sums.length / totals.length;
  const first = start.map((at) => Math.max(0, -at));
  const end = patch.map((extent, axis) => Math.min(extent, shape[axis] - start[axis]));
  for (let k = first[0]; k < end[0]; k++) {
    for (let j = first[1]; j < end[1]; j++) {
      const plane = weights[0][k] * weights[1][j];
      let from = ((k * patch[1] + j) * patch[2] + first[2]) * classes;
      let voxel = ((start[0] + k) * shape[1] + start[1] + j) * shape[2] + start[2] + first[2];
      for (let i = first[2]; i < end[2]; i++, voxel++) {
        const weight = plane * weights[2][i];
        totals[voxel] += weight;
        for (let c = 0; c < classes; c++) sums[voxel * classes + c] += weight * probabilities[from++];
      }
    }
  }
}
