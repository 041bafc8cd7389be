/**
 * The `wasm` engine: tfjs's WebAssembly backend with the project's own SIMD kernels, on several threads, over what it
 * does slowly or wrongly (its input gradient of conv3d and its 3D max pooling are wrong).
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { startWasmBackend } from "../kernels/wasm/backend.ts";
import { chooseBuild, type KernelModule, loadKernels } from "../kernels/wasm/module.ts";
import { registerKernels } from "../kernels/wasm/all_kernels.ts";
import type { Engine } from "./engine.ts";

let current: KernelModule | undefined;

/** The kernels on `threads` threads, as tfjs's wasm backend; what ran on another number of threads is stopped. */
export async function startKernels(threads: number): Promise<KernelModule> {
  const build = chooseBuild();
  await startWasmBackend();
  if (current?.threads !== threads) {
    await current?.stop();
    current = await loadKernels(tf.backend(), { build, threads });
  }
  registerKernels(current);
  return current;
}

/** tfjs's WebAssembly backend with own kernels. */
export const wasmEngine: Engine = {
  name: "wasm",
  async start({ threads }) {
    const { detail } = await startKernels(threads);
    return { threads, detail };
  },
};
