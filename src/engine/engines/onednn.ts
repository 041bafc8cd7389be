/**
 * The `onednn` engine: the wasm engine with its convolutions computed by the system's libdnnl, version 2 or 3, through
 * Deno's FFI (`--allow-ffi`), on the same tensors where they lie.
 *
 * @module
 */

import { UserError } from "../../core/errors.ts";
import { Convolutions } from "../kernels/onednn/convolutions.ts";
import { registerConvolutions } from "../kernels/onednn/conv3d.ts";
import { type Library, openLibrary, type OpenLibraryOptions } from "../kernels/onednn/library.ts";
import type { KernelModule } from "../kernels/wasm/module.ts";
import type { Engine } from "./engine.ts";
import { startKernels } from "./wasm.ts";

/** The engine on the libdnnl that `options` name. */
export function makeOnednnEngine(options: OpenLibraryOptions = {}): Engine {
  let library: Library | undefined;
  let current: { module: KernelModule; convolutions: Convolutions } | undefined;
  return {
    name: "onednn",
    async start({ threads }) {
      library ??= openLibrary(options);
      if (!library.threaded && threads > 1) {
        throw new UserError("starting the onednn engine: oneDNN must be built with OpenMP to use several threads", {
          where: `oneDNN ${library.version}`,
          value: `built without, ${threads} threads asked for`,
        });
      }
      const module = await startKernels(threads);
      library.setThreads(threads);
      if (current?.module !== module) { // which has another number of threads, that primitives are made for
        current?.convolutions.clear();
        current = { module, convolutions: new Convolutions(module, library) };
      }
      registerConvolutions(module, current.convolutions);
      return { threads, detail: `oneDNN ${library.version}, ${module.detail}` };
    },
  };
}

/** tfjs's WebAssembly backend with own kernels and oneDNN's convolutions. */
export const onednnEngine: Engine = makeOnednnEngine();
