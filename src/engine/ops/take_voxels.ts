/**
 * The channels of chosen voxels: what is computed of them knows nothing of the others, whose gradient is zero.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Tensor, Tensor5D } from "../tensors.ts";

/**
 * The gradient is taken by rows, too, which every engine does alike: that of a voxel that is not chosen from a row of
 * zeros.
 *
 * @param x [batch, depth, height, width, channels]
 * @param voxels row-major indices, each once, at least one
 * @returns [1, 1, 1, voxels, channels], in the order of `voxels`
 */
export function takeVoxels(x: Tensor5D, voxels: Int32Array): Tensor5D {
  const channels = x.shape[4];
  const all = x.size / channels;
  const op = tf.customGrad((...args) => {
    const [x] = args as [Tensor5D];
    const rows = tf.reshape(x, [all, channels]); // [all, channels]
    const taken = tf.gather(rows, tf.tensor1d(voxels, "int32")); // [voxels, channels]
    return {
      value: tf.reshape(taken, [1, 1, 1, voxels.length, channels]),
      gradFunc: (dy: Tensor) => {
        const rowOf = new Int32Array(all).fill(voxels.length); // the row of zeros, but for the voxels that were taken
        voxels.forEach((voxel, row) => rowOf[voxel] = row);
        const given = tf.concat([tf.reshape(dy, [voxels.length, channels]), tf.zeros([1, channels])]);
        return tf.reshape(tf.gather(given, tf.tensor1d(rowOf, "int32")), x.shape);
      },
    };
  });
  return op(x) as Tensor5D;
}
