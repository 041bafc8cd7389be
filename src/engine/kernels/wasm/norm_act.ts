/**
 * Normalisation + affine map + leaky ReLU, and its gradients, each in two passes over memory.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import type { NormActSettings } from "../../_composites.ts";
import { fusedKernels } from "../../_fused.ts";
import { defineKernel } from "./_register.ts";
import type { KernelModule } from "./module.ts";

/** y, and statistics [2, batch, channels]: the mean and the reciprocal standard deviation of each channel's group. */
export function normAct(
  module: KernelModule,
  x: tf.TensorInfo,
  gamma: tf.TensorInfo,
  beta: tf.TensorInfo,
  { groups, epsilon, slope }: NormActSettings,
): [tf.TensorInfo, tf.TensorInfo] {
  const { batch, voxels, channels } = sizes(x);
  const width = channels / groups;
  const y = module.output(x.shape);
  const statistics = module.output([2, batch, channels]);
  const sampleBytes = voxels * channels * 4;
  module.withScratch(channels * 20, (sums) => {
    const scale = sums + channels * 16;
    for (let sample = 0; sample < batch; sample++) {
      const from = module.pointer(x) + sample * sampleBytes;
      const mean = module.pointer(statistics) + sample * channels * 4;
      const deviation = mean + batch * channels * 4;
      const totals = module.doubles(sums, channels * 2).fill(0);
      module.call.normSums(from, voxels, channels, sums);
      const first = module.floats(from, channels);
      const gammas = module.floats(module.pointer(gamma), channels);
      for (let start = 0; start < channels; start += width) {
        // Channels are summed about their first value; a group's variance is the mean of its channels' variances and
        // the variance of their means.
        let groupMean = 0;
        for (let c = start; c < start + width; c++) groupMean += (first[c] + totals[c * 2] / voxels) / width;
        let variance = 0;
        for (let c = start; c < start + width; c++) {
          const shifted = totals[c * 2] / voxels;
          const offset = first[c] + shifted - groupMean;
          variance += (totals[c * 2 + 1] / voxels - shifted * shifted + offset * offset) / width;
        }
        const reciprocal = 1 / Math.sqrt(Math.max(0, variance) + epsilon);
        module.floats(mean, channels).fill(groupMean, start, start + width);
        module.floats(deviation, channels).fill(reciprocal, start, start + width);
        const scales = module.floats(scale, channels);
        for (let c = start; c < start + width; c++) scales[c] = gammas[c] * reciprocal;
      }
      const to = module.pointer(y) + sample * sampleBytes;
      module.call.normApply(from, to, voxels, channels, mean, scale, module.pointer(beta), slope);
    }
  });
  return [y, statistics];
}

/** The gradients of x, gamma and beta. */
export function normActGradients(
  module: KernelModule,
  dy: tf.TensorInfo,
  x: tf.TensorInfo,
  gamma: tf.TensorInfo,
  beta: tf.TensorInfo,
  statistics: tf.TensorInfo,
  { groups, slope }: NormActSettings,
): [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo] {
  const { batch, voxels, channels } = sizes(x);
  const width = channels / groups;
  const [dx, dGamma, dBeta] = [module.output(x.shape), module.output([channels]), module.output([channels])];
  const sampleBytes = voxels * channels * 4;
  const [gammaTotals, betaTotals] = [new Float64Array(channels), new Float64Array(channels)];
  module.withScratch(channels * 24, (sums) => {
    const shift = sums + channels * 16;
    const lean = shift + channels * 4;
    for (let sample = 0; sample < batch; sample++) {
      const mean = module.pointer(statistics) + sample * channels * 4;
      const deviation = mean + batch * channels * 4;
      const incoming = module.pointer(dy) + sample * sampleBytes;
      const from = module.pointer(x) + sample * sampleBytes;
      const totals = module.doubles(sums, channels * 2).fill(0);
      const affine = [mean, deviation, module.pointer(gamma), module.pointer(beta), slope];
      module.call.normGradientSums(incoming, from, voxels, channels, ...affine, sums);
      const gammas = module.floats(module.pointer(gamma), channels);
      for (let start = 0; start < channels; start += width) {
        let [groupShift, groupLean] = [0, 0];
        for (let c = start; c < start + width; c++) {
          betaTotals[c] += totals[c * 2];
          gammaTotals[c] += totals[c * 2 + 1];
          groupShift += gammas[c] * totals[c * 2] / (voxels * width);
          groupLean += gammas[c] * totals[c * 2 + 1] / (voxels * width);
        }
        module.floats(shift, channels).fill(groupShift, start, start + width);
        module.floats(lean, channels).fill(groupLean, start, start + width);
      }
      const to = module.pointer(dx) + sample * sampleBytes;
      module.call.normGradientApply(incoming, from, to, voxels, channels, ...affine, shift, lean);
    }
  });
  module.floats(module.pointer(dGamma), channels).set(gammaTotals);
  module.floats(module.pointer(dBeta), channels).set(betaTotals);
  return [dx, dGamma, dBeta];
}

function sizes({ shape: [batch, depth, height, width, channels] }: tf.TensorInfo) {
  return { batch, voxels: depth * height * width, channels };
}

/** Registers both. */
export function registerNormAct(module: KernelModule): void {
  defineKernel(
    fusedKernels.normAct,
    ({ x, gamma, beta }, settings) => normAct(module, x, gamma, beta, settings as NormActSettings),
  );
  defineKernel(fusedKernels.normActGradients, ({ dy, x, gamma, beta, statistics }, settings) => {
    return normActGradients(module, dy, x, gamma, beta, statistics, settings as NormActSettings);
  });
}
