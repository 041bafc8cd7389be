/**
 * `deno task engine:tensorflow`: sets the tensorflow engine up, saying each step. It tries the npm package's own
 * installer; where that fails, it builds the package's addon from the package's source against a TensorFlow that is on
 * the machine, or against PyPI's.
 *
 * The task runs with `--no-lock`: what is needed only here is not for everybody's lock file.
 *
 * @module
 */

import { parseFlags, runCommand, UsageError } from "../../src/cli/command.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { cudaDevices } from "../../src/engine/kernels/tensorflow/cuda.ts";
import {
  FOLDER_VARIABLE,
  installationFolder,
  readInstallation,
} from "../../src/engine/kernels/tensorflow/installation.ts";
import { setUp } from "./set_up.ts";

const USAGE = "engine:tensorflow [--again] [--device cuda|cpu] [--library DIR]";

const HELP = [
  "  --again           set it up although it is set up",
  "  --device          for which device [default: cuda where a device is found]",
  "  --library DIR     take this TensorFlow: a wheel's `tensorflow` folder, or one with include and lib",
  `Everything goes into .engines/tensorflow, or the folder that ${FOLDER_VARIABLE} names.`,
];

await runCommand(async () => {
  const { flags } = parseFlags(Deno.args, {
    usage: USAGE,
    help: HELP,
    boolean: ["again"],
    string: ["device", "library"],
  });
  const { device, library } = flags;
  if (device !== undefined && device !== "cuda" && device !== "cpu") {
    throw new UsageError(`the flag --device must be cuda or cpu, got ${device}; usage: ${USAGE}`);
  }
  const folder = installationFolder();
  if (flags.again || !await readInstallation(folder).then(() => true, () => false)) {
    const cards = cudaDevices();
    console.log(cards.length > 0 ? `CUDA devices: ${cards.join(", ")}` : "no CUDA device found");
    const cuda = device === undefined ? cards.length > 0 : device === "cuda";
    await setUp({ folder, cuda, library: library as string | undefined, say: console.log });
  } else {
    console.log(`already set up in ${folder} (--again does it anew)`);
  }
  const { detail, threads, gflops } = await startEngine({ engine: "tensorflow" });
  console.log(`the engine works: ${detail}, ${threads} thread(s), ${gflops.toFixed(0)} GFLOP/s`);
});
