/**
 * How a kernel of the webgpu engine is registered with tfjs.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import type { Kernel } from "../../_kernel.ts";
import { defineKernel, type StockKernel } from "../define_kernel.ts";
import type { WebgpuBackend } from "./backend.ts";

/** What a kernel computes on the backend from named inputs and attributes; `stock` runs tfjs's own. */
export type WebgpuKernelFunction<Inputs extends string, Attributes extends object> = (
  backend: WebgpuBackend,
  inputs: Record<Inputs, tf.TensorInfo>,
  attributes: Attributes,
  stock: StockKernel,
) => tf.TensorInfo | tf.TensorInfo[];

/** Registers a kernel of the webgpu backend, over tfjs's own if it has one of that name. */
export function defineWebgpuKernel<Inputs extends string = string, Attributes extends object = object>(
  kernel: string | Kernel<Inputs, Attributes>,
  compute: WebgpuKernelFunction<Inputs, Attributes>,
): void {
  defineKernel<Inputs, Attributes>(
    "webgpu",
    kernel,
    (inputs, attributes, stock, backend) => compute(backend as WebgpuBackend, inputs, attributes, stock),
  );
}
