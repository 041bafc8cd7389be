/**
 * One convolution, forward or with both gradients.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { conv3d } from "../../../src/engine/ops/conv3d.ts";
import type { ConvolutionCase } from "../cases.ts";
import { settle, type Workload } from "./workload.ts";

/** Makes the case ready. */
export function convolution({ shape, channelsOut, metric }: ConvolutionCase): Workload {
  const noise = (shape: readonly number[]) =>
    tf.randomNormal([...shape] as tf.Tensor5D["shape"], 0, 1, "float32", 1) as tf.Tensor5D;
  const x = noise(shape);
  const filter = noise([3, 3, 3, shape[4], channelsOut]);
  const dy = noise([...shape.slice(0, 4), channelsOut]);
  const gradients = tf.grads((x, filter) => conv3d(x as tf.Tensor5D, filter as tf.Tensor5D));
  return {
    async run() {
      if (metric === "forward") {
        await settle(tf.tidy(() => conv3d(x, filter)));
        return;
      }
      const [dx, dFilter] = tf.tidy(() => gradients([x, filter], dy));
      await Promise.all([settle(dx), settle(dFilter)]);
    },
    dispose: () => tf.dispose([x, filter, dy]),
  };
}
