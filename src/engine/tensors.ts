/**
 * The types of tensors and of sizes by which this project's public functions know what tfjs computes on.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";

/** A tensor of any rank. */
export type Tensor = tf.Tensor;

/** A single value. */
export type Scalar = tf.Scalar;

/** A vector: one value a channel, mostly. */
export type Tensor1D = tf.Tensor1D;

/** A matrix. */
export type Tensor2D = tf.Tensor2D;

/** A batch of volumes, [batch, depth, height, width, channels]; or a filter, [depth, height, width, in, out]. */
export type Tensor5D = tf.Tensor5D;

/** A tensor whose values are replaced while its identity stays: a weight. */
export type Variable = tf.Variable;
