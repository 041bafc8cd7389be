/**
 * tfjs's backend over TensorFlow's C library: the JavaScript of npm's tfjs-node packages, and their addon from where
 * `deno task engine:tensorflow` put it.
 *
 * The packages' own entry is passed by: it looks for the addon in npm's folders, and makes itself tfjs's backend as
 * soon as it is imported.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { explainErrors, loadAddon } from "./addon.ts";
import type { Installation, PackageName } from "./installation.ts";
import { registerMaxPool3dGradient } from "./max_pool3d.ts";
import { registerNormAct } from "./norm_act.ts";

/** The name under which the packages register their kernels. */
const BACKEND = "tensorflow";

/** What was started. */
export interface StartedBackend {
  /** TensorFlow's version. */
  readonly version: string;
  /** Whether it computes on a CUDA device. */
  readonly cuda: boolean;
  /** Threads that work on one op. */
  readonly threads: number;
}

/** Registers a package's kernels and gives the class of its backend. */
const packages = {
  async "@tensorflow/tfjs-node"() {
    await import("@tensorflow/tfjs-node/dist/register_all_kernels.js");
    const { NodeJSKernelBackend } = await import("@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js");
    return NodeJSKernelBackend;
  },
  async "@tensorflow/tfjs-node-gpu"() {
    await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
    const { NodeJSKernelBackend } = await import("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js");
    return NodeJSKernelBackend;
  },
} satisfies Record<PackageName, unknown>;

let started: Promise<StartedBackend> | undefined;

/**
 * Makes TensorFlow tfjs's backend; what it runs on is decided by the first call.
 *
 * @param threads that may work on one op.
 * @throws {UserError} if the addon cannot be loaded.
 */
export async function startTensorflowBackend(installation: Installation, threads: number): Promise<StartedBackend> {
  started ??= startOnce(installation, threads);
  const backend = await started;
  if (!await tf.setBackend(BACKEND)) throw new Error("tfjs's tensorflow backend did not start");
  return backend;
}

async function startOnce({ addon, packageName }: Installation, threads: number): Promise<StartedBackend> {
  const effective = prepareEnvironment(threads);
  const binding = loadAddon(addon);
  const Backend = await packages[packageName]();
  const backend = new Backend(explainErrors(binding), packageName); // here, because tfjs swallows a factory's errors
  tf.registerBackend(BACKEND, () => backend);
  registerMaxPool3dGradient();
  registerNormAct();
  return { version: binding.TF_Version, cuda: binding.isUsingGpuDevice(), threads: effective };
}

/**
 * Sets the variables that TensorFlow reads when it is loaded; one that is set already holds. It keeps one pool of
 * threads for the whole process, so a second Worker gets the first one's.
 *
 * @returns the threads that will work on one op.
 */
function prepareEnvironment(threads: number): number {
  const variables = {
    TF_CPP_MIN_LOG_LEVEL: "2", // errors only; 0 is everything
    TF_NUM_INTRAOP_THREADS: String(threads), // within one op
    TF_NUM_INTEROP_THREADS: "1", // ops run one after another here
    TF_FORCE_GPU_ALLOW_GROWTH: "true", // without it, one process takes the card's whole memory
    NVIDIA_TF32_OVERRIDE: "0", // float32 is float32, as on every other engine; its 10-bit products are not
  };
  for (const [name, value] of Object.entries(variables)) {
    if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
  }
  const effective = Number(Deno.env.get("TF_NUM_INTRAOP_THREADS"));
  return Number.isInteger(effective) && effective > 0 ? effective : threads;
}
