/**
 * Normalisation + affine map + leaky ReLU in three launches, and its gradients in four, each in two passes over the
 * volume. Sums run over chunks of voxels, about each chunk's first value, and are joined as means and squared
 * deviations (Chan, Golub and LeVeque 1979), so that float32 is enough.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { normActGradientsKernel, normActKernel, type NormActSettings } from "../../ops/norm_act.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import type { WebgpuBackend } from "./backend.ts";
import {
  applyGradient,
  applyNorm,
  chunkGradients,
  chunkMoments,
  coefficients,
  groupStatistics,
  totals,
} from "./norm_act_programs.ts";
import { elementJobs, rowElement } from "./program.ts";
import { lanesFor, rowThreads } from "./rows.ts";

/** Rows that each thread of a workgroup takes, at least. */
const rowsPerThread = 8;

/** Chunks of a sample, at most: enough to occupy a large card. */
const maxChunks = 512;

/** How a tensor is walked over. */
function plan({ shape: [batch, depth, height, width, channels] }: tf.TensorInfo) {
  const voxels = depth * height * width;
  const { element, units } = rowElement(channels);
  const lanes = lanesFor(units);
  const blocks = Math.ceil(units / lanes);
  const chunk = Math.max(rowThreads / lanes * rowsPerThread, Math.ceil(voxels / maxChunks));
  const chunks = Math.ceil(voxels / chunk);
  const jobs = batch * chunks * blocks;
  return { batch, voxels, channels, element, units, lanes, chunk, chunks, jobs };
}

/** y, and statistics [2, batch, channels]: the mean and the reciprocal standard deviation of each channel's group. */
export function normAct(
  backend: WebgpuBackend,
  x: tf.TensorInfo,
  gamma: tf.TensorInfo,
  beta: tf.TensorInfo,
  { groups, epsilon, slope }: NormActSettings,
): [tf.TensorInfo, tf.TensorInfo] {
  const { batch, voxels, channels, element, units, lanes, chunk, chunks, jobs } = plan(x);
  const moments = backend.output([2, batch, chunks, channels]);
  backend.launch(chunkMoments(element, lanes), { moments, x }, { batch, voxels, units, chunk, chunks }, jobs);
  const statistics = backend.output([2, batch, channels]);
  const sizes = { batch, voxels, channels, width: channels / groups, chunk, chunks };
  backend.launch(groupStatistics, { statistics, moments }, { ...sizes, epsilon }, batch * groups);
  backend.free(moments);
  const y = backend.activation(x.shape);
  const count = batch * voxels * units;
  const scalars = { count, batch, voxels, units, slope };
  backend.launch(applyNorm(element), { y, x, statistics, gamma, beta }, scalars, elementJobs(count));
  return [y, statistics];
}

/** The gradients of x, gamma and beta. */
export function normActGradients(
  backend: WebgpuBackend,
  { dy, x, gamma, beta, statistics }: Record<string, tf.TensorInfo>,
  { groups, slope }: NormActSettings,
): tf.TensorInfo[] {
  const { batch, voxels, channels, element, units, lanes, chunk, chunks, jobs } = plan(x);
  const partial = backend.output([2, batch, chunks, channels]);
  const scalars = { batch, voxels, units, chunk, chunks, slope };
  backend.launch(chunkGradients(element, lanes), { partial, dy, x, statistics, gamma, beta }, scalars, jobs);
  const sums = backend.output([2, batch, channels]);
  backend.launch(totals, { sums, partial }, { chunks, channels }, 2 * batch * channels);
  const [dGamma, dBeta] = [backend.output([channels]), backend.output([channels])];
  const means = backend.output([2, batch, channels]);
  const sizes = { count: channels, batch, voxels, width: channels / groups };
  backend.launch(coefficients, { dGamma, dBeta, means, sums, gamma }, sizes, elementJobs(channels));
  const dx = backend.output(x.shape);
  const count = sizeOf(x.shape) / channels * units;
  const inputs = { dx, dy, x, statistics, means, gamma, beta };
  backend.launch(applyGradient(element), inputs, { count, batch, voxels, units, slope }, elementJobs(count));
  backend.free(partial, sums, means);
  return [dx, dGamma, dBeta];
}

/** Registers both. */
export function registerNormAct(): void {
  defineWebgpuKernel(
    normActKernel,
    (backend, { x, gamma, beta }, settings) => normAct(backend, x, gamma, beta, settings),
  );
  defineWebgpuKernel(
    normActGradientsKernel,
    (backend, inputs, settings) => normActGradients(backend, inputs, settings),
  );
}
