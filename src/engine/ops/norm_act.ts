/**
 * Normalisation, affine map and activation: one kernel forward and one backward on an engine that has them, stock ops
 * on the others.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Kernel } from "../_kernel.ts";
import type { Tensor, Tensor1D, Tensor5D } from "../tensors.ts";
import { requireVolume } from "./_requirements.ts";

/** Options of {@linkcode normAct}. */
export interface NormActOptions {
  /** Channel groups that are normalised together: 1 is layer norm. @default the channels, which is instance norm */
  groups?: number;
  /** Added to the variance. @default 1e-5 */
  epsilon?: number;
  /** Slope of the leaky ReLU below zero: 0 is ReLU, 1 no activation. @default 0.01 */
  slope?: number;
}

/** What the kernels need to know beside the tensors: the options, with defaults. */
export type NormActSettings = Readonly<Required<NormActOptions>>;

/** y, and statistics for the gradients, whose layout is the engine's. */
export const normActKernel: Kernel<"x" | "gamma" | "beta", NormActSettings> = new Kernel("SyncytiumNormAct");

/** The gradients of x, gamma and beta. */
export const normActGradientsKernel: Kernel<"dy" | "x" | "gamma" | "beta" | "statistics", NormActSettings> = new Kernel(
  "SyncytiumNormActGradients",
);

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
  x: Tensor5D,
  gamma: Tensor1D,
  beta: Tensor1D,
  options: NormActOptions = {},
): Tensor5D {
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

function runNormAct(x: Tensor5D, gamma: Tensor1D, beta: Tensor1D, settings: NormActSettings): Tensor5D {
  const fused = normActKernel.isAvailable;
  const op = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as unknown as [Tensor5D, Tensor1D, Tensor1D, tf.GradSaveFunc];
    if (!fused) {
      save([x, gamma, beta]);
      return {
        value: composeNormAct(x, gamma, beta, settings),
        gradFunc: (dy: Tensor, saved: Tensor[]) => {
          const [x, gamma, beta] = saved as [Tensor5D, Tensor1D, Tensor1D];
          return composeNormActGradients(dy as Tensor5D, x, gamma, beta, settings);
        },
      };
    }
    const [value, statistics] = normActKernel.run({ x, gamma, beta }, settings);
    save([x, gamma, beta, statistics]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, gamma, beta, statistics] = saved;
        return normActGradientsKernel.run({ dy, x, gamma, beta, statistics }, settings);
      },
    };
  });
  return op(x, gamma, beta) as Tensor5D;
}

/**
 * Mean and reciprocal standard deviation of each sample's groups, broadcastable over [batch, voxels, groups, channels /
 * groups].
 */
function groupStatistics(grouped: tf.Tensor4D, epsilon: number): { mean: Tensor; scale: Tensor } {
  const mean = tf.mean(grouped, [1, 3], true); // [batch, 1, groups, 1]
  const variance = tf.mean(tf.square(tf.sub(grouped, mean)), [1, 3], true); // [batch, 1, groups, 1]
  return { mean, scale: tf.rsqrt(tf.add(variance, epsilon)) };
}

/** Leaky ReLU of gamma * normalised(x) + beta, by stock ops. */
function composeNormAct(
  x: Tensor5D,
  gamma: Tensor1D,
  beta: Tensor1D,
  { groups, epsilon, slope }: NormActSettings,
): Tensor5D {
  return tf.tidy(() => {
    const { grouped, inGroups } = split(x, groups);
    const { mean, scale } = groupStatistics(grouped, epsilon);
    const normalised = tf.mul(tf.sub(grouped, mean), scale); // [batch, voxels, groups, channels / groups]
    const affine = tf.add(tf.mul(normalised, inGroups(gamma)), inGroups(beta));
    const active = slope === 1 ? affine : tf.leakyRelu(affine, slope);
    return tf.reshape(active, x.shape);
  });
}

/** The gradients of {@linkcode composeNormAct} with respect to x, gamma and beta. */
function composeNormActGradients(
  dy: Tensor5D,
  x: Tensor5D,
  gamma: Tensor1D,
  beta: Tensor1D,
  { groups, epsilon, slope }: NormActSettings,
): [Tensor5D, Tensor1D, Tensor1D] {
  return tf.tidy(() => {
    const { grouped, inGroups } = split(x, groups);
    const channels = x.shape[4];
    const { mean, scale } = groupStatistics(grouped, epsilon);
    const normalised = tf.mul(tf.sub(grouped, mean), scale); // [batch, voxels, groups, channels / groups]
    const affine = tf.add(tf.mul(normalised, inGroups(gamma)), inGroups(beta));
    const incoming = tf.reshape(dy, grouped.shape);
    const passed = slope === 1 ? incoming : tf.where(tf.greater(affine, 0), incoming, tf.mul(incoming, slope));
    const dGamma = tf.reshape(tf.sum(tf.mul(passed, normalised), [0, 1]), [channels]) as Tensor1D;
    const dBeta = tf.reshape(tf.sum(passed, [0, 1]), [channels]) as Tensor1D;
    const scaled = tf.mul(passed, inGroups(gamma));
    const shift = tf.mean(scaled, [1, 3], true); // [batch, 1, groups, 1]
    const lean = tf.mean(tf.mul(scaled, normalised), [1, 3], true); // [batch, 1, groups, 1]
    const dx = tf.mul(tf.sub(tf.sub(scaled, shift), tf.mul(normalised, lean)), scale);
    return [tf.reshape(dx, x.shape), dGamma, dBeta];
  });
}

/** `x` as [batch, voxels, groups, channels / groups], and a per-channel vector in the same arrangement. */
function split(x: Tensor5D, groups: number) {
  const [batch, depth, height, width, channels] = x.shape;
  const grouped = tf.reshape(x, [batch, depth * height * width, groups, channels / groups]) as tf.Tensor4D;
  const inGroups = (vector: Tensor1D) => tf.reshape(vector, [1, 1, groups, channels / groups]);
  return { grouped, inGroups };
}
