/**
 * The engine room: which hardware computes, and the 3D ops of the networks on it.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { conv3d, startEngine } from "./mod.ts";
 *
 * const { name, detail } = await startEngine();
 * const y = conv3d(tf.ones([1, 8, 8, 8, 1]), tf.ones([3, 3, 3, 1, 8])); // [1, 8, 8, 8, 8]
 * console.log(name, detail, y.shape);
 * ```
 *
 * @module
 */

export * from "./engine.ts";
export * from "./ops/mod.ts";
export * from "./optimiser.ts";
export * from "./tensors.ts";
