/**
 * The model room: the 3D U-Net, its encoder, and their weights as vectors and files.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * import { Rng } from "../core/rng.ts";
 * import { startEngine } from "../engine/mod.ts";
 * import { parseUNetConfig, planPool, readWeights, UNet } from "./mod.ts";
 *
 * await startEngine();
 * const config = parseUNetConfig({
 *   classes: 3,
 *   baseFilters: 8,
 *   levels: 3,
 *   norm: "instance",
 *   pool: planPool([16, 16, 16], { levels: 3 }),
 * });
 * const unet = new UNet(config, new Rng(1));
 * const logits = unet.forward(tf.zeros([1, 16, 16, 16, 1]));
 * assertEquals(logits.shape, [1, 16, 16, 16, 3]);
 * const weights = await readWeights(unet.variables);
 * console.log(weights.map(({ name }) => name));
 * ```
 *
 * @module
 */
export * from "./checkpoint.ts";
export * from "./config.ts";
export * from "./divergence.ts";
export * from "./encoder.ts";
export { variableGradients } from "./gradients.ts";
export { type NamedVariables } from "./layers.ts";
export { MovingAverage } from "./moving_average.ts";
export { type RecomputeOptions } from "./recompute.ts";
export * from "./safetensors.ts";
export * from "./unet.ts";
export * from "./weights.ts";
export * from "./weights_file.ts";
// types of other rooms that this one speaks of
export type { Triple } from "../core/triple.ts";
export type { NamedVector } from "../core/vectors.ts";
export type { Scalar, Tensor, Tensor5D, Variable } from "../engine/tensors.ts";
