/**
 * The 3D ops that the networks are built from, each with its gradient, on every engine. All tensors are float32 and
 * channels-last: [batch, depth, height, width, channels].
 *
 * What they cost on the wasm engine: 3x3 kernels of stride 1 go by Winograd's algorithm where channels are multiples of
 * 4 (for the filter's gradient, those that come out of 8) and there are enough voxels; others by the direct kernel, at
 * a third of that speed, where channels that are written cost as much as the next multiple of 8. The other ops are
 * bound by memory and run on all threads, larger tensors at least. `deno task profile` shows the share of each in a
 * training step. A tensor that is read by a gradient is kept, never copied.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * import { startEngine } from "../engine.ts";
 * import { conv3d, normAct } from "./mod.ts";
 *
 * await startEngine({ engine: "cpu" });
 * const x = tf.ones([1, 4, 4, 4, 1]) as tf.Tensor5D;
 * const filter = tf.ones([3, 3, 3, 1, 2]) as tf.Tensor5D;
 * const y = normAct(conv3d(x, filter), tf.ones([2]), tf.zeros([2]), { slope: 0.01 });
 * assertEquals(y.shape, [1, 4, 4, 4, 2]);
 * ```
 *
 * @module
 */

export { avgPool3d } from "./avg_pool3d.ts";
export { blend } from "./blend.ts";
export { concatChannels } from "./concat_channels.ts";
export { contrastLoss } from "./contrast_loss.ts";
export { conv3d, type Conv3dOptions } from "./conv3d.ts";
export { conv3dTranspose } from "./conv3d_transpose.ts";
export { maxPool3d } from "./max_pool3d.ts";
export { normAct, type NormActOptions } from "./norm_act.ts";
export { softVoxelLoss } from "./soft_voxel_loss.ts";
export { takeVoxels } from "./take_voxels.ts";
export { upsample3d } from "./upsample3d.ts";
export { voxelLoss, type VoxelLossSettings } from "./voxel_loss.ts";
