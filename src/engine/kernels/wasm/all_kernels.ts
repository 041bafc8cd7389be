/**
 * The list of the wasm engine's own kernels.
 *
 * @module
 */

import { registerAdam } from "./adam.ts";
import { registerAdd } from "./add.ts";
import { registerBlend } from "./blend.ts";
import { registerConcatChannels } from "./concat_channels.ts";
import { registerContrastLoss } from "./contrast_loss.ts";
import { registerConv3d } from "./conv3d.ts";
import { registerConv3dFilterGradient } from "./conv3d_filter_gradient.ts";
import { registerIdentity } from "./identity.ts";
import { registerMatMul } from "./mat_mul.ts";
import { registerMaxPool3d } from "./max_pool3d.ts";
import type { KernelModule } from "./module.ts";
import { registerNormAct } from "./norm_act.ts";
import { registerSegmentSum } from "./segment_sum.ts";
import { registerSlice } from "./slice.ts";
import { registerSum } from "./sum.ts";
import { registerUpsample3d } from "./upsample3d.ts";
import { registerVoxelLoss } from "./voxel_loss.ts";

const registrations: readonly ((module: KernelModule) => void)[] = [
  registerAdam,
  registerAdd,
  registerBlend,
  registerConcatChannels,
  registerContrastLoss,
  registerConv3d,
  registerConv3dFilterGradient,
  registerIdentity,
  registerMatMul,
  registerMaxPool3d,
  registerNormAct,
  registerSegmentSum,
  registerSlice,
  registerSum,
  registerUpsample3d,
  registerVoxelLoss,
];

/** Registers every own kernel with tfjs's wasm backend. */
export function registerKernels(module: KernelModule): void {
  for (const register of registrations) register(module);
}
