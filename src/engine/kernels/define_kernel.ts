/**
 * Registration of kernels with tfjs.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";

/** What a kernel computes from named inputs and attributes; `stock` runs what it was registered over. */
export type KernelFunction = (
  inputs: Record<string, tf.TensorInfo>,
  attributes: object,
  stock: (() => tf.TensorInfo | tf.TensorInfo[]) | undefined,
) => tf.TensorInfo | tf.TensorInfo[];

/** tfjs's own kernels, kept when they are first replaced. */
const stockKernels = new Map<string, tf.KernelConfig | undefined>();

/** Registers a kernel of the wasm backend, over tfjs's own if it has one of that name. */
export function defineKernel(name: string, compute: KernelFunction): void {
  const current = tf.getKernel(name, "wasm");
  if (!stockKernels.has(name)) stockKernels.set(name, current);
  if (current) tf.unregisterKernel(name, "wasm");
  const stock = stockKernels.get(name)?.kernelFunc;
  tf.registerKernel({
    kernelName: name,
    backendName: "wasm",
    kernelFunc: (call) =>
      compute(call.inputs as Record<string, tf.TensorInfo>, call.attrs ?? {}, stock && (() => stock(call))),
  });
}
