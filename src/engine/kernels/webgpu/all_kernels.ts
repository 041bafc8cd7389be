/**
 * The list of the webgpu engine's own kernels.
 *
 * @module
 */

import { registerAdam } from "./adam.ts";
import { registerConcatChannels } from "./concat_channels.ts";
import { registerConv3d } from "./conv3d.ts";
import { registerConv3dFilterGradient } from "./conv3d_filter_gradient.ts";
import { registerIntegers } from "./integers.ts";
import { registerMaxPool3d } from "./max_pool3d.ts";
import { registerMergeAxes } from "./merge_axes.ts";
import { registerNormAct } from "./norm_act.ts";
import { registerPad } from "./pad.ts";
import { registerReduce } from "./reduce.ts";
import { registerReverse } from "./reverse.ts";
import { registerSlice } from "./slice.ts";
import { registerSpaceToBatch } from "./space_to_batch.ts";
import { registerJudge } from "./steps/judge.ts";
import { registerRows } from "./steps/rows.ts";
import { registerUpdate } from "./steps/update.ts";
import { registerTaughtLabels } from "./taught/labels.ts";
import { registerLargestParts } from "./taught/largest_parts.ts";
import { registerTile } from "./tile.ts";
import { registerUpsample3d } from "./upsample3d.ts";
import { registerVoxelLoss } from "./voxel_loss.ts";

const registrations: readonly (() => void)[] = [
  registerAdam,
  registerConcatChannels,
  registerConv3d,
  registerConv3dFilterGradient,
  registerIntegers,
  registerJudge,
  registerLargestParts,
  registerMaxPool3d,
  registerMergeAxes,
  registerNormAct,
  registerPad,
  registerReduce,
  registerReverse,
  registerRows,
  registerSlice,
  registerSpaceToBatch,
  registerTaughtLabels,
  registerTile,
  registerUpdate,
  registerUpsample3d,
  registerVoxelLoss,
];

/** Registers every own kernel with tfjs's webgpu backend. */
export function registerKernels(): void {
  for (const register of registrations) register();
}
