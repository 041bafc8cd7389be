/**
 * `deno task engine:tensorflow`: sets the tensorflow engine up, saying each step. It tries the npm package's own
 * installer; where that fails, it builds the package's addon from the package's source against a TensorFlow that is on
 * the machine, or against PyPI's.
 *
 * The task runs with `--no-lock`: what is needed only here is not for everybody's lock file.
 *
 * @module
 */

import { choice, defineCommand, path, toggle } from "../../src/cli/flags/mod.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { cudaDevices } from "../../src/engine/kernels/tensorflow/cuda.ts";
import {
  FOLDER_VARIABLE,
  installationFolder,
  readInstallation,
} from "../../src/engine/kernels/tensorflow/installation.ts";
import { setUp } from "./set_up.ts";

/** The command. */
export const engineTensorflow = defineCommand({
  name: "engine:tensorflow",
  does: "set the tensorflow engine up, with CUDA where there is a device",
  notes: [`Everything goes into .engines/tensorflow, or the folder that ${FOLDER_VARIABLE} names.`],
  flags: {
    again: toggle("set it up although it is set up"),
    device: { ...choice("DEVICE", ["cuda", "cpu"], "for which device"), shown: "cuda where a device is found" },
    library: path("DIR", "take this TensorFlow: a wheel's `tensorflow` folder, or one with include and lib"),
  },
  example: "--device cpu",
  async run({ flags: { again, device, library } }) {
    const folder = installationFolder();
    if (again || !await readInstallation(folder).then(() => true, () => false)) {
      const cards = cudaDevices();
      console.log(cards.length > 0 ? `CUDA devices: ${cards.join(", ")}` : "no CUDA device found");
      const cuda = device === undefined ? cards.length > 0 : device === "cuda";
      await setUp({ folder, cuda, library, say: console.log });
    } else {
      console.log(`already set up in ${folder} (--again does it anew)`);
    }
    const { detail, threads, gflops } = await startEngine({ engine: "tensorflow" });
    console.log(`the engine works: ${detail}, ${threads} thread(s), ${gflops.toFixed(0)} GFLOP/s`);
  },
});

if (import.meta.main) await engineTensorflow.main();
