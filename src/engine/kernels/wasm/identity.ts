/**
 * `Identity` without a copy: tfjs clones every tensor that a gradient needs, and its wasm backend copies the values.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { defineKernel } from "../define_kernel.ts";
import type { KernelModule } from "./module.ts";

/** Registers it over tfjs's. */
export function registerIdentity(_module: KernelModule): void {
  defineKernel("wasm", "Identity", ({ x }, _attributes, stock) => {
    if (x.dtype === "string") return stock();
    tf.backend().incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });
}
