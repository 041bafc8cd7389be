/**
 * How a kernel is registered with tfjs, whatever the engine.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Kernel } from "../_kernel.ts";

/** Runs tfjs's own kernel, on the same call but for what is given. @throws {Error} if tfjs has none of this name. */
export type StockKernel = (
  changed?: { readonly inputs?: Record<string, tf.TensorInfo>; readonly attributes?: object },
) => tf.TensorInfo;

/** What a kernel computes from named inputs and attributes; `stock` runs what it was registered over. */
export type KernelFunction<Inputs extends string, Attributes extends object> = (
  inputs: Record<Inputs, tf.TensorInfo>,
  attributes: Attributes,
  stock: StockKernel,
  backend: tf.KernelBackend,
) => tf.TensorInfo | tf.TensorInfo[];

/** tfjs's own kernels by backend and name, kept when they are first replaced. */
const stockKernels = new Map<string, tf.KernelConfig | undefined>();

/**
 * Registers a kernel of the backend, over tfjs's own or over an earlier one of that name.
 *
 * @param kernel a kernel that an op declares, or the name of one of tfjs's
 */
export function defineKernel<Inputs extends string = string, Attributes extends object = object>(
  backendName: string,
  kernel: string | Kernel<Inputs, Attributes>,
  compute: KernelFunction<Inputs, Attributes>,
): void {
  const kernelName = typeof kernel === "string" ? kernel : kernel.name;
  const key = `${backendName} ${kernelName}`;
  const current = tf.getKernel(kernelName, backendName);
  if (!stockKernels.has(key)) stockKernels.set(key, current);
  if (current) tf.unregisterKernel(kernelName, backendName);
  const stock = stockKernels.get(key);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc({ inputs, attrs, backend }) {
      const runStock: StockKernel = (changed = {}) => {
        if (!stock) throw new Error(`tfjs has no kernel ${kernelName} for ${backendName}`);
        return stock.kernelFunc({
          inputs: (changed.inputs ?? inputs) as tf.NamedTensorInfoMap,
          attrs: (changed.attributes ?? attrs) as tf.NamedAttrMap,
          backend,
        }) as tf.TensorInfo;
      };
      return compute(
        inputs as Record<Inputs, tf.TensorInfo>,
        (attrs ?? {}) as Attributes,
        runStock,
        backend as tf.KernelBackend,
      );
    },
  });
}
