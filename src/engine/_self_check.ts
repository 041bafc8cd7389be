/**
 * A small training step with a known result: what an engine must get right before it is trusted.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { conv3d } from "./ops/conv3d.ts";
import { maxPool3d } from "./ops/max_pool3d.ts";
import { normAct } from "./ops/norm_act.ts";

/** Throws if the current engine computes a convolution, a pooling or their gradients wrongly. */
export async function selfTest(): Promise<void> {
  const results = tf.tidy(() => {
    const x = tf.fill([1, 4, 4, 4, 1], -1) as tf.Tensor5D;
    const filter = tf.ones([3, 3, 3, 1, 8]) as tf.Tensor5D;
    const forward = (x: tf.Tensor, filter: tf.Tensor) =>
      maxPool3d(conv3d(x as tf.Tensor5D, filter as tf.Tensor5D), [2, 2, 2]); // [1, 2, 2, 2, 8]
    const [dx, dFilter] = tf.grads(forward)([x, filter]);
    const flat = normAct(x, tf.ones([1]), tf.fill([1], -2), { slope: 0.5 });
    // Each block's largest value is its corner of the volume, which sees 8 voxels. Its gradient reaches those 8, so the
    // kernel's middle meets all 8 corners, and each voxel gets 8 channels x 1.
    return [tf.max(forward(x, filter)), tf.sum(dx), dFilter.slice([1, 1, 1, 0, 0], [1, 1, 1, 1, 1]), tf.mean(flat)]
      .map((tensor) => tensor.asScalar());
  });
  const values = await Promise.all(results.map(async (tensor) => (await tensor.data())[0]));
  tf.dispose(results);
  const expected = [-8, 8 * 8 * 8, -8, -1];
  expected.forEach((value, i) => {
    if (!(Math.abs(values[i] - value) < 1e-3)) {
      throw new Error(`its self-test must give ${expected.join(", ")}, it gave ${values.join(", ")}`);
    }
  });
}
