/**
 * The list of the webgpu engine's own kernels.
 *
 * @module
 */

import { registerAdam } from "./adam.ts";
import { registerConcatChannels } from "./concat_channels.ts";
import { registerMaxPool3d } from "./max_pool3d.ts";
import { registerNormAct } from "./norm_act.ts";
import { registerReduce } from "./reduce.ts";
import { registerUpsample3d } from "./upsample3d.ts";

const registrations: readonly (() => void)[] = [
  registerAdam,
  registerConcatChannels,
  registerMaxPool3d,
  registerNormAct,
  registerReduce,
  registerUpsample3d,
];

let registered = false;

/** Registers every own kernel with tfjs's webgpu backend. */
export function registerKernels(): void {
  if (registered) return; // once: a second time, an own kernel would be taken for tfjs's
  registered = true;
  for (const register of registrations) register();
}
