/**
 * Normalisation + affine map + leaky ReLU, and its gradients, each in two passes over memory.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { normActGradientsKernel, normActKernel, type NormActSettings } from "../../ops/norm_act.ts";
import { defineKernel } from "../define_kernel.ts";
import { addRows, pieces, runShared } from "./_pieces.ts";
import type { KernelCall, KernelModule, Pointer } from "./module.ts";

/** A call's part of a sample: where its values begin, in bytes from the tensor's start, and its voxels. */
interface Part {
  readonly offset: number;
  readonly voxels: number;
}

/** Each sample's parts. */
function partsOf({ shape: [batch, depth, height, width, channels] }: tf.TensorInfo): Part[][] {
  const voxels = depth * height * width;
  const cut = pieces(voxels, channels);
  return Array.from(
    { length: batch },
    (_, sample) => cut.map(({ start, count }) => ({ offset: (sample * voxels + start) * channels * 4, voxels: count })),
  );
}

/**
 * Runs, for each part, the kernel that writes two float64 sums a channel to the address that `call` is given.
 *
 * @returns of each sample [channels][2]
 */
function sumParts(
  module: KernelModule,
  parts: readonly Part[][],
  { size, channels }: { size: number; channels: number },
  call: (part: Part, sample: number, sums: Pointer) => KernelCall,
): Float64Array[] {
  const count = parts[0].length;
  const rowBytes = channels * 16;
  return module.withScratch(parts.length * count * rowBytes, (sums) => {
    const at = (sample: number, index: number) => sums + (sample * count + index) * rowBytes;
    const callsOf = (ofSample: Part[], sample: number) =>
      ofSample.map((part, index) => call(part, sample, at(sample, index)));
    runShared(module, size, parts.flatMap(callsOf));
    return parts.map((_, sample) => addRows(module, at(sample, 0), count, channels * 2));
  });
}

/** y, and statistics [2, batch, channels]: the mean and the reciprocal standard deviation of each channel's group. */
export function normAct(
  module: KernelModule,
  x: tf.TensorInfo,
  gamma: tf.TensorInfo,
  beta: tf.TensorInfo,
  { groups, epsilon, slope }: NormActSettings,
): [tf.TensorInfo, tf.TensorInfo] {
  const { batch, voxels, channels, size } = sizes(x);
  const width = channels / groups;
  const y = module.output(x.shape);
  const statistics = module.output([2, batch, channels]);
  const from = module.pointer(x);
  const firstOf = (sample: number) => from + sample * voxels * channels * 4;
  const parts = partsOf(x);
  const totals = sumParts(
    module,
    parts,
    { size, channels },
    ({ offset, voxels }, sample, sums) => ["normSums", from + offset, voxels, channels, firstOf(sample), sums],
  );
  module.withScratch(batch * channels * 4, (scale) => {
    const means = module.floats(module.pointer(statistics), batch * channels);
    const deviations = module.floats(module.pointer(statistics) + batch * channels * 4, batch * channels);
    const scales = module.floats(scale, batch * channels);
    const gammas = module.floats(module.pointer(gamma), channels);
    totals.forEach((sums, sample) => {
      const first = module.floats(firstOf(sample), channels);
      for (let start = 0; start < channels; start += width) {
        // Channels are summed about their first value; a group's variance is the mean of its channels' variances and
        // the variance of their means.
        let groupMean = 0;
        for (let c = start; c < start + width; c++) groupMean += (first[c] + sums[c * 2] / voxels) / width;
        let variance = 0;
        for (let c = start; c < start + width; c++) {
          const shifted = sums[c * 2] / voxels;
          const offset = first[c] + shifted - groupMean;
          variance += (sums[c * 2 + 1] / voxels - shifted * shifted + offset * offset) / width;
        }
        const reciprocal = 1 / Math.sqrt(Math.max(0, variance) + epsilon);
        for (let c = start; c < start + width; c++) {
          const at = sample * channels + c;
          means[at] = groupMean;
          deviations[at] = reciprocal;
          scales[at] = gammas[c] * reciprocal;
        }
      }
    });
    const [to, mean, shift] = [y, statistics, beta].map((tensor) => module.pointer(tensor));
    const calls = parts.flatMap((ofSample, sample) => {
      const row = sample * channels * 4;
      return ofSample.map(({ offset, voxels }): KernelCall => [
        "normApply",
        ...[from + offset, to + offset, voxels, channels],
        ...[mean + row, scale + row, shift, slope],
      ]);
    });
    runShared(module, size, calls);
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
  const { batch, voxels, channels, size } = sizes(x);
  const width = channels / groups;
  const [dx, dGamma, dBeta] = [module.output(x.shape), module.output([channels]), module.output([channels])];
  const [incoming, from, to, mean] = [dy, x, dx, statistics].map((tensor) => module.pointer(tensor));
  const affine = (sample: number) => {
    const at = mean + sample * channels * 4;
    return [at, at + batch * channels * 4, module.pointer(gamma), module.pointer(beta), slope];
  };
  const parts = partsOf(x);
  const totals = sumParts(module, parts, { size, channels }, ({ offset, voxels }, sample, sums) => [
    "normGradientSums",
    ...[incoming + offset, from + offset, voxels, channels],
    ...affine(sample),
    sums,
  ]);
  const [gammaTotals, betaTotals] = [new Float64Array(channels), new Float64Array(channels)];
  module.withScratch(batch * channels * 8, (shift) => {
    const lean = shift + batch * channels * 4;
    const [shifts, leans] = [shift, lean].map((address) => module.floats(address, batch * channels));
    const gammas = module.floats(module.pointer(gamma), channels);
    totals.forEach((sums, sample) => {
      for (let start = 0; start < channels; start += width) {
        let [groupShift, groupLean] = [0, 0];
        for (let c = start; c < start + width; c++) {
          betaTotals[c] += sums[c * 2];
          gammaTotals[c] += sums[c * 2 + 1];
          groupShift += gammas[c] * sums[c * 2] / (voxels * width);
          groupLean += gammas[c] * sums[c * 2 + 1] / (voxels * width);
        }
        const at = sample * channels + start;
        shifts.fill(groupShift, at, at + width);
        leans.fill(groupLean, at, at + width);
      }
    });
    const calls = parts.flatMap((ofSample, sample) => {
      const row = sample * channels * 4;
      return ofSample.map(({ offset, voxels }): KernelCall => [
        "normGradientApply",
        ...[incoming + offset, from + offset, to + offset, voxels, channels],
        ...affine(sample),
        ...[shift + row, lean + row],
      ]);
    });
    runShared(module, size, calls);
  });
  module.floats(module.pointer(dGamma), channels).set(gammaTotals);
  module.floats(module.pointer(dBeta), channels).set(betaTotals);
  return [dx, dGamma, dBeta];
}

function sizes({ shape: [batch, depth, height, width, channels] }: tf.TensorInfo) {
  const voxels = depth * height * width;
  return { batch, voxels, channels, size: batch * voxels * channels };
}

/** Registers both. */
export function registerNormAct(module: KernelModule): void {
  defineKernel(
    "wasm",
    normActKernel,
    ({ x, gamma, beta }, settings) => normAct(module, x, gamma, beta, settings),
  );
  defineKernel("wasm", normActGradientsKernel, ({ dy, x, gamma, beta, statistics }, settings) => {
    return normActGradients(module, dy, x, gamma, beta, statistics, settings);
  });
}
