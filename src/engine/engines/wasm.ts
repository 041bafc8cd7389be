/**
 * The `wasm` engine: tfjs's WebAssembly backend with the project's own SIMD kernels over what it does slowly or wrongly
 * (its input gradient of conv3d and its 3D max pooling are wrong).
 *
 * One thread: tfjs's memory is not shared, so worker threads could not see its tensors.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import type { Engine } from "./engine.ts";
import { chooseBuild, loadKernels } from "../kernels/wasm/module.ts";
import { registerKernels } from "../kernels/wasm/register.ts";

let started: Promise<string> | undefined;

async function startOnce(): Promise<string> {
  const build = chooseBuild();
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(fromFileUrl(new URL(".", import.meta.resolve("@tensorflow/tfjs-backend-wasm"))) + "/");
  if (!await tf.setBackend("wasm")) throw new Error("tfjs's wasm backend did not start");
  const module = await loadKernels(tf.backend(), { build });
  registerKernels(module);
  return module.detail;
}

/** tfjs's WebAssembly backend with own kernels, one thread. */
export const wasmEngine: Engine = {
  name: "wasm",
  async start() {
    started ??= startOnce();
    const detail = await started;
    await tf.setBackend("wasm");
    return { threads: 1, detail };
  },
};
