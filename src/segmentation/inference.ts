/**
 * Whole-volume prediction by overlapping patches.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor5D } from "../engine/tensors.ts";
import { sleep } from "../core/deadline.ts";
import type { Triple } from "../core/triple.ts";
import { channelOf } from "../data/channels.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { voxelCount } from "../data/volume.ts";
import type { Axis } from "../data/augmentation/mirror.ts";
import { mirror, mirrorings } from "./_mirror.ts";
import { PlaneSums, type TakePlanes } from "./_plane_sums.ts";

/** What predicts: a {@linkcode UNet}, or anything else that gives logits. */
export interface Segmenter {
  /** [batch, depth, height, width, channels] -> logits [batch, depth, height, width, classes] */
  forward(x: Tensor5D): Tensor5D;
}

/** Options of {@linkcode slideWindow} and {@linkcode predictProbabilities}. */
export interface InferenceOptions {
  /** Voxels of a patch along z, y, x; the one of the training. */
  patch: Triple;
  /** Share of a patch that the next one covers again, from 0 to below 1. @default 0.5 */
  overlap?: number;
  /** Windows that go through the network together. @default as many as hold 64x64x64 voxels, at least 1, at most 8 */
  batch?: number;
  /**
   * Axes along which windows may be mirrored: the probabilities are the mean over all mirrorings of them, two to the
   * power of their number, each of which takes as long as none. @default []
   */
  mirror?: readonly Axis[];
  /** Ends the prediction after the current window. */
  signal?: AbortSignal;
}

/** Windows done so far. */
export interface InferenceProgress {
  /** Windows done. */
  window: number;
  /** Windows in all. */
  windows: number;
}

/** See {@linkcode InferenceOptions.overlap}. */
const OVERLAP = 0.5;
/** Voxels that go through the network together where nothing else is said: no more than training has room for. */
const VOXELS = 64 ** 3;
/** Windows that do; more gain nothing. */
const WINDOWS = 8;

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

/** How many windows cover a volume of `shape`, z, y, x. */
export function countWindows(shape: Triple, { patch, overlap = OVERLAP }: InferenceOptions): number {
  return shape.reduce((product, extent, axis) => product * windowStarts(extent, patch[axis], overlap).length, 1);
}

/**
 * Predicts a volume window by window. Each window's probabilities (the softmax of its logits) count with a Gaussian
 * weight, greatest in the window's middle. Where a window reaches beyond the volume, it sees the border voxels
 * continued, as patches do in training. While one batch of windows is added up, the next one is already with the
 * engine.
 *
 * A plane that no window will reach any more is finished: only as many planes are in memory as a window is deep.
 *
 * @param take is given all planes in turn, from the first
 * @throws the signal's reason when it is aborted.
 */
export async function* slideWindow(
  segmenter: Segmenter,
  volume: Pick<PreparedCase, "image" | "channels" | "shape">,
  options: InferenceOptions & { take: TakePlanes },
): AsyncGenerator<InferenceProgress, void, void> {
  const { patch, overlap = OVERLAP, mirror = [], signal, take } = options;
  const { batch = Math.min(WINDOWS, Math.max(1, Math.floor(VOXELS / voxelCount(patch)))) } = options;
  if (!(overlap >= 0 && overlap < 1)) throw new RangeError(`the overlap must be from 0 to below 1, got ${overlap}`);
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`the batch must be a positive integer, got ${batch}`);
  const { shape } = volume;
  const starts = [0, 1, 2].map((axis) => windowStarts(shape[axis], patch[axis], overlap));
  const weights = patch.map(gaussianWeights);
  const totals = starts.map((along, axis) => summedWeights(shape[axis], along, weights[axis]));
  const windows = windowsAt(starts);
  const predict = (from: number) => {
    const predicted = predictWindows(segmenter, volume, windows.slice(from, from + batch), { patch, mirror });
    predicted.catch(() => {}); // its error is thrown in its turn
    return predicted;
  };
  let sums: PlaneSums | undefined;
  let coming: Promise<Float32Array[]> | undefined;
  try {
    for (let from = 0; from < windows.length; from += batch) {
      signal?.throwIfAborted();
      const current: Promise<Float32Array[]> = coming ?? predict(from);
      coming = from + batch < windows.length ? predict(from + batch) : undefined;
      const predicted = await current;
      sums ??= new PlaneSums({ shape, patch, weights, totals, classes: predicted[0].length / voxelCount(patch), take });
      for (const [index, probabilities] of predicted.entries()) sums.add(probabilities, windows[from + index]);
      if (from + batch >= windows.length) sums.finish(shape[0]);
      yield { window: Math.min(from + batch, windows.length), windows: windows.length };
    }
  } finally {
    await Promise.allSettled([coming]); // one that nobody waits for any more
  }
}

/** Where the windows start, z slowest. */
function windowsAt([zs, ys, xs]: readonly number[][]): Triple[] {
  return zs.flatMap((z) => ys.flatMap((y) => xs.map((x): Triple => [z, y, x])));
}

/** Options of {@linkcode predictPlanes} and {@linkcode predictProbabilities}. */
export interface PredictOptions extends InferenceOptions {
  /** Called after every window of the sliding window. */
  onProgress?: (progress: InferenceProgress) => void;
}

/** {@linkcode slideWindow} to its end; with a signal, timers and the system's signals come in between two windows. */
export async function predictPlanes(
  segmenter: Segmenter,
  volume: Pick<PreparedCase, "image" | "channels" | "shape">,
  options: PredictOptions & { take: TakePlanes },
): Promise<void> {
  for await (const progress of slideWindow(segmenter, volume, options)) {
    options.onProgress?.(progress);
    if (options.signal) await sleep(0); // an engine may answer at once, and nothing else would have its turn
  }
}

/**
 * The probabilities of all voxels at once, as {@linkcode slideWindow} gives them.
 *
 * @returns [depth, height, width, classes], each voxel's summing to 1
 */
export async function predictProbabilities(
  segmenter: Segmenter,
  volume: Pick<PreparedCase, "image" | "channels" | "shape">,
  options: PredictOptions,
): Promise<Float32Array> {
  let all: Float32Array | undefined;
  let done = 0;
  const take: TakePlanes = (probabilities, classes) => {
    all ??= new Float32Array(voxelCount(volume.shape) * classes);
    all.set(probabilities, done);
    done += probabilities.length;
  };
  await predictPlanes(segmenter, volume, { ...options, take });
  return all!;
}

/** Weights along one axis of a patch; never zero. */
function gaussianWeights(extent: number): Float64Array {
  const deviation = extent * WEIGHT_DEVIATION;
  return Float64Array.from({ length: extent }, (_, i) => Math.exp(-0.5 * ((i - (extent - 1) / 2) / deviation) ** 2));
}

/** Copies the window's voxels, [depth, height, width, channels], to `values`; the border continues beyond the volume. */
function readWindow(
  { image, channels, shape }: Pick<PreparedCase, "image" | "channels" | "shape">,
  start: Triple,
  patch: Triple,
  values: Float32Array,
): void {
  const inside = (index: number, axis: number) => Math.min(Math.max(start[axis] + index, 0), shape[axis] - 1);
  for (let index = 0; index < channels; index++) {
    const channel = channelOf(image, index, channels);
    let to = index;
    for (let k = 0; k < patch[0]; k++) {
      for (let j = 0; j < patch[1]; j++) {
        const row = (inside(k, 0) * shape[1] + inside(j, 1)) * shape[2];
        for (let i = 0; i < patch[2]; i++, to += channels) values[to] = channel[row + inside(i, 2)];
      }
    }
  }
}

/** The probabilities of each window, [depth, height, width, classes]. */
async function predictWindows(
  segmenter: Segmenter,
  volume: Pick<PreparedCase, "image" | "channels" | "shape">,
  starts: readonly Triple[],
  { patch, mirror: allowed = [] }: Pick<InferenceOptions, "patch" | "mirror">,
): Promise<Float32Array[]> {
  const { channels } = volume;
  const each = channels * voxelCount(patch);
  const values = new Float32Array(starts.length * each);
  starts.forEach((start, index) => readWindow(volume, start, patch, values.subarray(index * each)));
  const [plain, ...mirrored] = mirrorings(allowed);
  const one = await probabilitiesOf(segmenter, values, { patch, channels, axes: plain });
  const mean = mirrored.length === 0 ? one : one.slice(); // an engine may hand out its own array
  for (const axes of mirrored) {
    const other = await probabilitiesOf(segmenter, values, { patch, channels, axes });
    other.forEach((probability, index) => mean[index] += probability);
  }
  if (mirrored.length > 0) mean.forEach((sum, index) => mean[index] = sum / (1 + mirrored.length));
  const size = mean.length / starts.length;
  return starts.map((_, index) => mean.subarray(index * size, (index + 1) * size));
}

/** The probabilities of windows that the network sees mirrored along `axes`, mirrored back; laid out as `values`. */
async function probabilitiesOf(
  segmenter: Segmenter,
  values: Float32Array,
  { patch, channels, axes }: { patch: Triple; channels: number; axes: readonly Axis[] },
): Promise<Float32Array> {
  const windows = values.length / (voxelCount(patch) * channels);
  const seen = axes.length > 0 ? mirror(values, patch, channels, axes) : values;
  const probabilities = tf.tidy(() => {
    const x = tf.tensor5d(seen, [windows, ...patch, channels]); // [windows, depth, height, width, channels]
    return tf.softmax(segmenter.forward(x)); // [windows, depth, height, width, classes]
  });
  try {
    const data = await probabilities.data<"float32">();
    return axes.length > 0 ? mirror(data, patch, channels * data.length / values.length, axes) : data;
  } finally {
    probabilities.dispose();
  }
}

/** What all windows' weights along one axis add up to at each voxel. */
function summedWeights(extent: number, starts: readonly number[], weights: Float64Array): Float64Array {
  const sums = new Float64Array(extent);
  for (const start of starts) {
    weights.forEach((weight, i) => {
      if (start + i >= 0 && start + i < extent) sums[start + i] += weight;
    });
  }
  return sums;
}
