/**
 * The 3D ops that the networks are built from, each with its gradient, on every engine. All tensors are float32 and
 * channels-last: [batch, depth, height, width, channels].
 *
 * What they cost on the wasm engine: 3x3 kernels of stride 1 go by Winograd's algorithm where channels are multiples of
 * 4 (for the filter's gradient, those that come out of 8) and there are enough voxels; others by the direct kernel, at
 * a third of that speed, where channels that are written cost as much as the next multiple of 8. The other ops are
 * bound by memory and run on all threads, larger tensors at least. `deno task profile` shows the share of each in a
 * training step. A tensor that is read by a gradient is kept, never copied.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { startEngine } from "./engine.ts";
 * import { conv3d, normAct } from "./ops.ts";
 *
 * await startEngine({ engine: "cpu" });
 * const x = tf.ones([1, 4, 4, 4, 1]) as tf.Tensor5D;
 * const filter = tf.ones([3, 3, 3, 1, 2]) as tf.Tensor5D;
 * const y = normAct(conv3d(x, filter), tf.ones([2]), tf.zeros([2]), { slope: 0.01 }); // [1, 4, 4, 4, 2]
 * ```
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import {
  composeNormAct,
  composeNormActGradients,
  composeUpsample,
  composeUpsampleGradient,
  type NormActSettings,
} from "./_composites.ts";
import { fusedKernels, hasFused, runFused } from "./_fused.ts";
import { requireExtents, requireVolume, requireWindow } from "./_requirements.ts";

/** Extents along depth, height and width. */
export type Extent3 = readonly [number, number, number];

/** Options of {@linkcode conv3d} and {@linkcode conv3dTranspose}. */
export interface Conv3dOptions {
  /** Step between outputs along depth, height and width. @default [1, 1, 1] */
  strides?: Extent3;
}

/**
 * 3D convolution (cross-correlation, as in every deep-learning library) with "same" padding: zeros around, and
 * output extents of ceil(extent / stride).
 *
 * @param x [batch, depth, height, width, inChannels]
 * @param filter [kernelDepth, kernelHeight, kernelWidth, inChannels, outChannels]
 * @returns [batch, ceil(depth / stride), ceil(height / stride), ceil(width / stride), outChannels]
 * @throws {RangeError} if the ranks or channels do not fit, or a stride exceeds the kernel (1x1x1 kernels excepted).
 */
export function conv3d(x: tf.Tensor5D, filter: tf.Tensor5D, options: Conv3dOptions = {}): tf.Tensor5D {
  const { strides = [1, 1, 1] } = options;
  requireVolume("conv3d", x);
  if (filter.shape.length !== 5 || filter.shape[3] !== x.shape[4]) {
    throw new RangeError(
      `conv3d: the filter must be [depth, height, width, ${
        x.shape[4]
      }, out] to fit x [${x.shape}], got [${filter.shape}]`,
    );
  }
  requireExtents("conv3d", "strides", strides);
  const kernel = filter.shape.slice(0, 3);
  // Without padding the two are one, but tfjs pads by a negative amount where the stride exceeds the kernel.
  if (kernel.every((extent) => extent === 1)) return tf.conv3d(x, filter, [...strides], "valid");
  if (strides.some((stride, axis) => stride > kernel[axis])) {
    throw new RangeError(`conv3d: strides must not exceed the kernel [${kernel}], got [${strides}]`);
  }
  return tf.conv3d(x, filter, [...strides], "same");
}

/**
 * Transposed 3D convolution with "same" padding: what the gradient of {@linkcode conv3d} does, so output extents are
 * extent * stride. A kernel of 2 with strides of 2 doubles a volume without overlap.
 *
 * @param x [batch, depth, height, width, inChannels]
 * @param filter [kernelDepth, kernelHeight, kernelWidth, outChannels, inChannels], as tfjs has it
 * @returns [batch, depth * stride, height * stride, width * stride, outChannels]
 * @throws {RangeError} if the ranks or channels do not fit, or a stride exceeds the kernel.
 */
export function conv3dTranspose(x: tf.Tensor5D, filter: tf.Tensor5D, options: Conv3dOptions = {}): tf.Tensor5D {
  const { strides = [1, 1, 1] } = options;
  requireVolume("conv3dTranspose", x);
  if (filter.shape.length !== 5 || filter.shape[4] !== x.shape[4]) {
    throw new RangeError(
      `conv3dTranspose: the filter must be [depth, height, width, out, ${
        x.shape[4]
      }] to fit x [${x.shape}], got [${filter.shape}]`,
    );
  }
  requireExtents("conv3dTranspose", "strides", strides);
  if (strides.some((stride, axis) => stride > filter.shape[axis])) {
    throw new RangeError(
      `conv3dTranspose: strides must not exceed the kernel [${filter.shape.slice(0, 3)}], got [${strides}]`,
    );
  }
  const [batch, depth, height, width] = x.shape;
  const inputShape = [batch, depth * strides[0], height * strides[1], width * strides[2], filter.shape[3]];
  const attributes = { strides: [...strides], pad: "same" };
  const op = tf.customGrad((...args) => {
    const [x, filter, save] = args as unknown as [tf.Tensor5D, tf.Tensor5D, tf.GradSaveFunc];
    const [value] = runFused("Conv3DBackpropInputV2", { dy: x, filter }, { ...attributes, inputShape });
    save([x, filter]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, filter] = saved as [tf.Tensor5D, tf.Tensor5D];
        const inputs = { x: dy, dy: x }; // the volume of the convolution that this one transposes is dy
        const ofFilter = { ...attributes, filterShape: filter.shape };
        return [
          tf.conv3d(dy as tf.Tensor5D, filter, [...strides], "same"),
          ...runFused("Conv3DBackpropFilterV2", inputs, ofFilter),
        ];
      },
    };
  });
  return op(x, filter) as tf.Tensor5D;
}

/** Options of {@linkcode normAct}. */
export interface NormActOptions {
  /** Channel groups that are normalised together: 1 is layer norm. @default the channels, which is instance norm */
  groups?: number;
  /** Added to the variance. @default 1e-5 */
  epsilon?: number;
  /** Slope of the leaky ReLU below zero: 0 is ReLU, 1 no activation. @default 0.01 */
  slope?: number;
}

/**
 * Group or instance normalisation, affine map and leaky ReLU in one op: every group of channels of every sample is
 * brought to mean 0 and variance 1 (biased, over voxels and the group's channels), then
 * y = leakyRelu(gamma * normalised + beta).
 *
 * @param x [batch, depth, height, width, channels]
 * @param gamma [channels]
 * @param beta [channels]
 * @returns the shape of `x`
 * @throws {RangeError} if shapes do not fit or `groups` does not divide the channels.
 */
export function normAct(
  x: tf.Tensor5D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  options: NormActOptions = {},
): tf.Tensor5D {
  requireVolume("normAct", x);
  const channels = x.shape[4];
  const { groups = channels, epsilon = 1e-5, slope = 0.01 } = options;
  if (gamma.size !== channels || beta.size !== channels) {
    throw new RangeError(
      `normAct: gamma and beta must hold ${channels} values to fit x [${x.shape}], got ${gamma.size} and ${beta.size}`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new RangeError(`normAct: groups must divide the ${channels} channels, got ${groups}`);
  }
  if (!(epsilon > 0)) throw new RangeError(`normAct: epsilon must be above 0, got ${epsilon}`);
  if (!(slope >= 0 && slope <= 1)) throw new RangeError(`normAct: slope must be from 0 to 1, got ${slope}`);
  return runNormAct(x, gamma, beta, { groups, epsilon, slope });
}

function runNormAct(x: tf.Tensor5D, gamma: tf.Tensor1D, beta: tf.Tensor1D, settings: NormActSettings): tf.Tensor5D {
  const fused = hasFused(fusedKernels.normAct);
  const op = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as unknown as [tf.Tensor5D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    if (!fused) {
      save([x, gamma, beta]);
      return {
        value: composeNormAct(x, gamma, beta, settings),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [x, gamma, beta] = saved as [tf.Tensor5D, tf.Tensor1D, tf.Tensor1D];
          return composeNormActGradients(dy as tf.Tensor5D, x, gamma, beta, settings);
        },
      };
    }
    const [value, statistics] = runFused(fusedKernels.normAct, { x, gamma, beta }, settings);
    save([x, gamma, beta, statistics]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, gamma, beta, statistics] = saved;
        return runFused(fusedKernels.normActGradients, { dy, x, gamma, beta, statistics }, settings);
      },
    };
  });
  return op(x, gamma, beta) as tf.Tensor5D;
}

/**
 * The largest value of each block of `window` voxels; blocks do not overlap, voxels beyond the last whole block are
 * dropped. Where values tie, the gradient goes to one of them. NaN wins over everything on engines with a kernel of
 * their own; tfjs's passes over it (and gives -Infinity where a block holds nothing else).
 *
 * @param x [batch, depth, height, width, channels]
 * @returns [batch, floor(depth / window), floor(height / window), floor(width / window), channels]
 * @throws {RangeError} if `window` is not of positive integers or larger than the volume.
 */
export function maxPool3d(x: tf.Tensor5D, window: Extent3): tf.Tensor5D {
  requireVolume("maxPool3d", x);
  requireWindow("maxPool3d", window, x);
  const attributes = { filterSize: [...window], strides: [...window], pad: "valid" };
  if (!hasFused(fusedKernels.maxPool3d)) return tf.maxPool3d(x, [...window], [...window], "valid");
  const { shape } = x;
  const op = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor5D, tf.GradSaveFunc];
    const [value, places] = runFused(fusedKernels.maxPool3d, { x }, attributes);
    save([places]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, [places]: tf.Tensor[]) =>
        runFused(fusedKernels.maxPool3dGradient, { dy, places }, { shape, window })[0],
    };
  });
  return op(x) as tf.Tensor5D;
}

/**
 * The mean of each block of `window` voxels; blocks do not overlap, voxels beyond the last whole block are dropped.
 *
 * @param x [batch, depth, height, width, channels]
 * @returns [batch, floor(depth / window), floor(height / window), floor(width / window), channels]
 * @throws {RangeError} if `window` is not of positive integers or larger than the volume.
 */
export function avgPool3d(x: tf.Tensor5D, window: Extent3): tf.Tensor5D {
  requireVolume("avgPool3d", x);
  requireWindow("avgPool3d", window, x);
  const [batch, depth, height, width, channels] = x.shape;
  const kept = [depth, height, width].map((extent, axis) => extent - extent % window[axis]);
  const whole = kept.join() === [depth, height, width].join()
    ? x
    : tf.slice(x, [0, 0, 0, 0, 0], [batch, kept[0], kept[1], kept[2], channels]);
  const share = 1 / (window[0] * window[1] * window[2]);
  // the sum over blocks is the gradient of upsampling, and the other way round
  const op = tf.customGrad((...args) => {
    const [x] = args as unknown as [tf.Tensor5D];
    return {
      value: tf.mul(sumBlocks(x, window), share),
      gradFunc: (dy: tf.Tensor) => repeatVoxels(tf.mul(dy, share) as tf.Tensor5D, window),
    };
  });
  return op(whole) as tf.Tensor5D;
}

/** Each voxel as a block of `factor` voxels, without a gradient. */
function repeatVoxels(x: tf.Tensor5D, factor: Extent3): tf.Tensor {
  if (!hasFused(fusedKernels.upsample3d)) return composeUpsample(x, factor);
  return runFused(fusedKernels.upsample3d, { x }, { factor })[0];
}

/** The sum of each block of `factor` voxels, without a gradient. */
function sumBlocks(x: tf.Tensor5D, factor: Extent3): tf.Tensor {
  if (!hasFused(fusedKernels.upsample3dGradient)) return composeUpsampleGradient(x, factor);
  return runFused(fusedKernels.upsample3dGradient, { dy: x }, { factor })[0];
}

/**
 * Nearest-neighbour upsampling: each voxel becomes a block of `factor` voxels.
 *
 * @param x [batch, depth, height, width, channels]
 * @returns [batch, depth * factor, height * factor, width * factor, channels]
 * @throws {RangeError} if `factor` is not of positive integers.
 */
export function upsample3d(x: tf.Tensor5D, factor: Extent3): tf.Tensor5D {
  requireVolume("upsample3d", x);
  requireExtents("upsample3d", "factor", factor);
  const op = tf.customGrad((...args) => {
    const [x] = args as unknown as [tf.Tensor5D];
    return { value: repeatVoxels(x, factor), gradFunc: (dy: tf.Tensor) => sumBlocks(dy as tf.Tensor5D, factor) };
  });
  return op(x) as tf.Tensor5D;
}

/**
 * The channels of `a`, then those of `b`.
 *
 * @param a [batch, depth, height, width, channelsA]
 * @param b [batch, depth, height, width, channelsB]
 * @returns [batch, depth, height, width, channelsA + channelsB]
 * @throws {RangeError} if the other extents differ.
 */
export function concatChannels(a: tf.Tensor5D, b: tf.Tensor5D): tf.Tensor5D {
  requireVolume("concatChannels", a);
  requireVolume("concatChannels", b);
  if (a.shape.slice(0, 4).join() !== b.shape.slice(0, 4).join()) {
    throw new RangeError(
      `concatChannels: all extents but the channels must agree, got [${a.shape}] and [${b.shape}]`,
    );
  }
  if (!hasFused(fusedKernels.concatChannels)) return tf.concat([a, b], 4);
  const channels = a.shape[4];
  const op = tf.customGrad((...args) => {
    const [a, b] = args as unknown as [tf.Tensor5D, tf.Tensor5D];
    return {
      value: runFused(fusedKernels.concatChannels, { a, b })[0],
      gradFunc: (dy: tf.Tensor) => runFused(fusedKernels.splitChannels, { y: dy }, { channels }),
    };
  });
  return op(a, b) as tf.Tensor5D;
}
