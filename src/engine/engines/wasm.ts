/**
 * The `wasm` engine: tfjs's WebAssembly backend.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { fromFileUrl } from "@std/path";
import type { Engine } from "../engine.ts";

/** tfjs's WebAssembly backend, one thread. */
export const wasmEngine: Engine = {
  name: "wasm",
  async start() {
    const backend = await import("@tensorflow/tfjs-backend-wasm");
    backend.setWasmPaths(fromFileUrl(new URL(".", import.meta.resolve("@tensorflow/tfjs-backend-wasm"))) + "/");
    await tf.setBackend("wasm");
    return { threads: 1, detail: "stock kernels" };
  },
};
