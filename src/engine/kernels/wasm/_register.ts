/**
 * Registration of kernels with tfjs.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";

/** What a kernel computes from named inputs and attributes. */
export type KernelFunction = (
  inputs: Record<string, tf.TensorInfo>,
  attributes: object,
) => tf.TensorInfo | tf.TensorInfo[];

/** Registers a kernel of the wasm backend, over tfjs's own if it has one of that name. */
export function defineKernel(name: string, compute: KernelFunction): void {
  if (tf.getKernel(name, "wasm")) tf.unregisterKernel(name, "wasm");
  tf.registerKernel({
    kernelName: name,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => compute(inputs as Record<string, tf.TensorInfo>, attrs ?? {}),
  });
}
