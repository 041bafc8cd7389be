/**
 * The list of the wasm engine's own kernels.
 *
 * @module
 */

import type { KernelModule } from "./module.ts";
import { registerConv3d } from "./conv3d.ts";
import { registerConv3dFilterGradient } from "./conv3d_filter_gradient.ts";

const registrations: readonly ((module: KernelModule) => void)[] = [
  registerConv3d,
  registerConv3dFilterGradient,
];

/** Registers every own kernel with tfjs's wasm backend. */
export function registerKernels(module: KernelModule): void {
  for (const register of registrations) register(module);
}
