/**
 * The `tensorflow` engine: TensorFlow's own C library through npm's tfjs-node packages, on CUDA where there is a
 * device. `deno task engine:tensorflow` sets it up.
 *
 * @module
 */

import { UserError } from "../../core/errors.ts";
import { startTensorflowBackend } from "../kernels/tensorflow/backend.ts";
import { cudaDevices } from "../kernels/tensorflow/cuda.ts";
import { readInstallation } from "../kernels/tensorflow/installation.ts";
import type { Engine } from "./engine.ts";

/** TensorFlow. */
export const tensorflowEngine: Engine = {
  name: "tensorflow",
  async start({ threads, named }) {
    const installation = await readInstallation();
    if (!installation.cuda && !named) throw onlyProcessor();
    const permission = await Deno.permissions.query({ name: "ffi" });
    if (permission.state !== "granted") {
      throw new UserError("starting the tensorflow engine: it loads native code and needs the flag --allow-ffi");
    }
    const { version, cuda, threads: used } = await startTensorflowBackend(installation, threads);
    if (!cuda && !named) throw onlyProcessor();
    // the addon takes the last device that TensorFlow lists
    const device = cuda ? `CUDA: ${cudaDevices().at(-1)}` : "CPU";
    return { threads: used, detail: `TensorFlow ${version}, ${device}` };
  },
};

function onlyProcessor(): UserError {
  return new UserError(
    "starting the tensorflow engine: it found no CUDA device and is CPU only; on the processor it is used only when " +
      "asked for by name",
  );
}
