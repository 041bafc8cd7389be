/**
 * Normalisation + activation with as few passes over memory as TensorFlow's ops allow.
 *
 * With c = x - mean, s = 1 / sqrt(variance + epsilon) and p = the gradient that passes the activation:
 * y = leakyRelu(c * (s * gamma) + beta) and
 * dx = s * (p * gamma - mean(p * gamma) - c * s^2 * mean(p * gamma * c)), the means over each group (Ioffe and Szegedy
 * 2015, section 3, with the sums rearranged so that gamma is applied to sums over voxels instead of to voxels).
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { normActGradientsKernel, normActKernel, type NormActSettings } from "../../ops/norm_act.ts";
import { defineKernel } from "../define_kernel.ts";
import { executeOp } from "./_execute.ts";

/**
 * What both directions need. Where each channel is a group of its own, x stays as it is, [batch, depth, height, width,
 * channels], and costs no op; otherwise it is arranged as [batch, voxels, groups, channels / groups]. Results over
 * groups or channels keep these ranks with extents of 1.
 */
function arrange(x: tf.Tensor5D, groups: number) {
  const [batch, depth, height, width, channels] = x.shape;
  const values = x.size / batch / groups; // in a group
  if (groups === channels) {
    const same = (tensor: tf.Tensor) => tensor;
    return {
      values,
      volume: same,
      vector: same,
      groupMean: (of: tf.Tensor) => tf.mean(of, [1, 2, 3], true),
      channelSum: (of: tf.Tensor) => tf.sum(of, [1, 2, 3], true),
      groupSum: same,
    };
  }
  const shape = [batch, depth * height * width, groups, channels / groups];
  return {
    values,
    volume: (tensor: tf.Tensor) => tf.reshape(tensor, shape),
    vector: (tensor: tf.Tensor) => tf.reshape(tensor, shape.slice(2)),
    groupMean: (of: tf.Tensor) => tf.mean(of, [1, 3], true),
    channelSum: (of: tf.Tensor) => tf.sum(of, 1, true),
    groupSum: (of: tf.Tensor) => tf.sum(of, 3, true),
  };
}

/** [y, mean and reciprocal standard deviation of each sample's groups]. */
function normAct({ x, gamma, beta }: Inputs, { groups, epsilon, slope }: NormActSettings): tf.Tensor[] {
  return tf.tidy(() => {
    const { volume, vector, groupMean } = arrange(x, groups);
    const grouped = volume(x);
    const mean = groupMean(grouped);
    const centred = tf.sub(grouped, mean);
    const scale = tf.rsqrt(tf.add(groupMean(tf.square(centred)), epsilon));
    const affine = tf.add(tf.mul(centred, tf.mul(scale, vector(gamma))), vector(beta));
    const active = slope === 1 ? affine : executeOp("LeakyRelu", [affine], { floats: { alpha: slope } });
    return [tf.reshape(active, x.shape), tf.stack([mean, scale])];
  });
}

/** [dx, dGamma, dBeta]. */
function normActGradients(
  { dy, x, gamma, beta, statistics }: Inputs,
  { groups, slope }: NormActSettings,
): tf.Tensor[] {
  return tf.tidy(() => {
    const { values, volume, vector, channelSum, groupSum } = arrange(x, groups);
    const [mean, scale] = tf.unstack(statistics);
    const centred = tf.sub(volume(x), mean);
    const steepness = tf.mul(scale, vector(gamma));
    const incoming = volume(dy);
    const affine = () => tf.add(tf.mul(centred, steepness), vector(beta));
    const passed = slope === 1
      ? incoming
      : executeOp("LeakyReluGrad", [incoming, affine()], { floats: { alpha: slope } });
    const sums = channelSum(passed); // of each sample's channels
    const products = channelSum(tf.mul(passed, centred));
    const groupShare = (of: tf.Tensor) => tf.div(groupSum(tf.mul(steepness, of)), values);
    const lean = tf.mul(groupShare(products), tf.square(scale));
    const dx = tf.sub(tf.mul(passed, steepness), tf.add(tf.mul(centred, lean), groupShare(sums)));
    const overSamples = (of: tf.Tensor) => tf.reshape(tf.sum(of, 0), gamma.shape);
    return [tf.reshape(dx, x.shape), overSamples(tf.mul(products, scale)), overSamples(sums)];
  });
}

/** The inputs of both directions by their names; what only the gradients get is absent in the other. */
type Inputs = Record<"dy" | "gamma" | "beta" | "statistics", tf.Tensor> & { x: tf.Tensor5D };

/** Registers both directions. */
export function registerNormAct(): void {
  // tfjs hands kernels whole tensors
  defineKernel(
    "tensorflow",
    normActKernel,
    (inputs, settings) => normAct(inputs as Inputs, settings),
  );
  defineKernel(
    "tensorflow",
    normActGradientsKernel,
    (inputs, settings) => normActGradients(inputs as Inputs, settings),
  );
}
