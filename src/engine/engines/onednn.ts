/**
 * The `onednn` engine: the wasm engine with its convolutions computed by the system's libdnnl, version 2 or 3, through
 * Deno's FFI (`--allow-ffi`), on the same tensors where they lie.
 *
 * @module
 */

import { Convolutions } from "../kernels/onednn/convolutions.ts";
import { registerConvolutions } from "../kernels/onednn/conv3d.ts";
import { type Library, openLibrary } from "../kernels/onednn/library.ts";
import type { KernelModule } from "../kernels/wasm/module.ts";
import type { Engine } from "./engine.ts";
import { startKernels } from "./wasm.ts";

let library: Library | undefined;
let current: { module: KernelModule; convolutions: Convolutions } | undefined;

/** tfjs's WebAssembly backend with own kernels and oneDNN's convolutions. */
export const onednnEngine: Engine = {
  name: "onednn",
  async start({ threads }) {
    library ??= openLibrary();
    const module = await startKernels(threads);
    library.setThreads(threads);
    if (current?.module !== module) {
      current?.convolutions.clear();
      current = { module, convolutions: new Convolutions(module, library) };
    }
    registerConvolutions(module, current.convolutions);
    return { threads, detail: `oneDNN ${library.version}, ${module.detail}` };
  },
};
