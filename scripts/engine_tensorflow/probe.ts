/**
 * Loads an addon in a process of its own and prints what it is, as JSON: one that crashes takes nobody along, and two
 * TensorFlows in one process would meet.
 *
 * @module
 */

import { messageOf } from "../../src/core/errors.ts";
import { loadAddon } from "../../src/engine/kernels/tensorflow/addon.ts";

/** What {@linkcode loadAddon} found. */
export interface Probe {
  /** TensorFlow's version. */
  readonly version: string;
  /** Whether it found a CUDA device. */
  readonly cuda: boolean;
}

if (import.meta.main) {
  try {
    const binding = loadAddon(Deno.args[0]);
    const found: Probe = { version: binding.TF_Version, cuda: binding.isUsingGpuDevice() };
    console.log(JSON.stringify(found));
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(1);
  }
}
