/**
 * The project's own ops as tfjs kernels: an engine that registers one is used for it, others run stock ops instead.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "./tensors.ts";

/** The names under which engines register them. */
export const fusedKernels = Object.freeze({
  normAct: "SyncytiumNormAct",
  normActGradients: "SyncytiumNormActGradients",
  maxPool3d: "SyncytiumMaxPool3D",
  maxPool3dGradient: "SyncytiumMaxPool3DGradient",
  upsample3d: "SyncytiumUpsample3D",
  upsample3dGradient: "SyncytiumUpsample3DGradient",
  blend: "SyncytiumBlend",
  concatChannels: "SyncytiumConcatChannels",
  contrastLoss: "SyncytiumContrastLoss",
  splitChannels: "SyncytiumSplitChannels",
  adam: "SyncytiumAdam",
  sumOfSquares: "SyncytiumSumOfSquares",
  voxelLoss: "SyncytiumVoxelLoss",
  voxelLossGradient: "SyncytiumVoxelLossGradient",
});

/** Whether the current engine has kernel `name`. */
export function hasFused(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Runs kernel `name` of the current engine. */
export function runFused(name: string, inputs: Record<string, Tensor>, attributes: object = {}): Tensor[] {
  const outputs = tf.engine().runKernel<Tensor | Tensor[]>(name, inputs, attributes as tf.NamedAttrMap);
  return Array.isArray(outputs) ? outputs : [outputs];
}
