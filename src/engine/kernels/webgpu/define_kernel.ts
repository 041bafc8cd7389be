/**
 * Registration of kernels with tfjs.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { WebgpuBackend } from "./backend.ts";

/** What a kernel computes from named inputs and attributes; `stock` runs what it was registered over. */
export type KernelFunction = (
  backend: WebgpuBackend,
  inputs: Record<string, tf.TensorInfo>,
  attributes: object,
  stock: (changed?: { inputs?: Record<string, tf.TensorInfo>; attributes?: object }) => tf.TensorInfo,
) => tf.TensorInfo | tf.TensorInfo[];

/** Registers a kernel of the webgpu backend, over tfjs's own if it has one of that name. */
export function defineKernel(name: string, compute: KernelFunction): void {
  const replaced = tf.getKernel(name, "webgpu");
  if (replaced) tf.unregisterKernel(name, "webgpu");
  tf.registerKernel({
    kernelName: name,
    backendName: "webgpu",
    kernelFunc: ({ inputs, attrs, backend }) =>
      compute(backend as WebgpuBackend, inputs as Record<string, tf.TensorInfo>, attrs ?? {}, (changed = {}) => {
        if (!replaced) throw new Error(`tfjs has no kernel ${name} for webgpu`);
        return replaced.kernelFunc({
          inputs: (changed.inputs ?? inputs) as tf.NamedTensorInfoMap,
          attrs: (changed.attributes ?? attrs) as tf.NamedAttrMap,
          backend,
        }) as tf.TensorInfo;
      }),
  });
}

/** The product of `shape`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
