/**
 * Normalisation + activation and nearest upsampling in stock tfjs ops: what an engine without own kernels runs, and
 * what its kernels are compared with.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";

/** What {@linkcode composeNormAct} and its gradient need to know beside the tensors. */
export interface NormActSettings {
  readonly groups: number;
  readonly epsilon: number;
  readonly slope: number;
}

/**
 * Mean and reciprocal standard deviation of each sample's groups, broadcastable over [batch, voxels, groups, channels /
 * groups].
 */
function groupStatistics(grouped: tf.Tensor4D, epsilon: number): { mean: tf.Tensor; scale: tf.Tensor } {
  const mean = tf.mean(grouped, [1, 3], true); // [batch, 1, groups, 1]
  const variance = tf.mean(tf.square(tf.sub(grouped, mean)), [1, 3], true); // [batch, 1, groups, 1]
  return { mean, scale: tf.rsqrt(tf.add(variance, epsilon)) };
}

/** Leaky ReLU of gamma * normalised(x) + beta, by stock ops. */
export function composeNormAct(
  x: tf.Tensor5D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  { groups, epsilon, slope }: NormActSettings,
): tf.Tensor5D {
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
export function composeNormActGradients(
  dy: tf.Tensor5D,
  x: tf.Tensor5D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  { groups, epsilon, slope }: NormActSettings,
): [tf.Tensor5D, tf.Tensor1D, tf.Tensor1D] {
  return tf.tidy(() => {
    const { grouped, inGroups } = split(x, groups);
    const channels = x.shape[4];
    const { mean, scale } = groupStatistics(grouped, epsilon);
    const normalised = tf.mul(tf.sub(grouped, mean), scale); // [batch, voxels, groups, channels / groups]
    const affine = tf.add(tf.mul(normalised, inGroups(gamma)), inGroups(beta));
    const incoming = tf.reshape(dy, grouped.shape);
    const passed = slope === 1 ? incoming : tf.where(tf.greater(affine, 0), incoming, tf.mul(incoming, slope));
    const dGamma = tf.reshape(tf.sum(tf.mul(passed, normalised), [0, 1]), [channels]) as tf.Tensor1D;
    const dBeta = tf.reshape(tf.sum(passed, [0, 1]), [channels]) as tf.Tensor1D;
    const scaled = tf.mul(passed, inGroups(gamma));
    const shift = tf.mean(scaled, [1, 3], true); // [batch, 1, groups, 1]
    const lean = tf.mean(tf.mul(scaled, normalised), [1, 3], true); // [batch, 1, groups, 1]
    const dx = tf.mul(tf.sub(tf.sub(scaled, shift), tf.mul(normalised, lean)), scale);
    return [tf.reshape(dx, x.shape), dGamma, dBeta];
  });
}

/** `x` as [batch, voxels, groups, channels / groups], and a per-channel vector in the same arrangement. */
function split(x: tf.Tensor5D, groups: number) {
  const [batch, depth, height, width, channels] = x.shape;
  const grouped = tf.reshape(x, [batch, depth * height * width, groups, channels / groups]) as tf.Tensor4D;
  const inGroups = (vector: tf.Tensor1D) => tf.reshape(vector, [1, 1, groups, channels / groups]);
  return { grouped, inGroups };
}

/** Each voxel repeated `factor` times along each axis, by stock ops. */
export function composeUpsample(x: tf.Tensor5D, factor: readonly [number, number, number]): tf.Tensor5D {
  return tf.tidy(() => {
    let current: tf.Tensor5D = x;
    factor.forEach((times, axis) => {
      if (times === 1) return;
      const shape = [...current.shape] as tf.Tensor5D["shape"];
      const [before, after] = around(shape, axis + 1);
      const repeated = tf.tile(tf.reshape(current, [before, 1, after]), [1, times, 1]);
      shape[axis + 1] *= times;
      current = tf.reshape(repeated, shape);
    });
    return current === x ? tf.clone(x) : current;
  });
}

/** The gradient of {@linkcode composeUpsample}: the sum over each block of `factor` voxels. */
export function composeUpsampleGradient(dy: tf.Tensor5D, factor: readonly [number, number, number]): tf.Tensor5D {
  return tf.tidy(() => {
    let current: tf.Tensor5D = dy;
    factor.forEach((times, axis) => {
      if (times === 1) return;
      const shape = [...current.shape] as tf.Tensor5D["shape"];
      shape[axis + 1] /= times;
      const [before, after] = around(shape, axis + 1);
      current = tf.reshape(tf.sum(tf.reshape(current, [before, times, after]), 1), shape);
    });
    return current === dy ? tf.clone(dy) : current;
  });
}

/** How many values lie before (the axis itself included) and after `axis`. */
function around(shape: readonly number[], axis: number): [number, number] {
  const product = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1);
  return [product(shape.slice(0, axis + 1)), product(shape.slice(axis + 1))];
}
