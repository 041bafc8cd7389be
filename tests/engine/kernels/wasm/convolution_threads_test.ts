import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../../../src/core/triple.ts";
import { startEngine } from "../../../../src/engine/engine.ts";
import { loadKernels } from "../../../../src/engine/kernels/wasm/module.ts";
import { registerKernels } from "../../../../src/engine/kernels/wasm/all_kernels.ts";
import { conv3d } from "../../../../src/engine/ops/conv3d.ts";
import { tensorOf } from "../../_contract.ts";
import * as reference from "../../_reference.ts";

const convolutions: [string, number[], number[], Triple][] = [
  ["Winograd's algorithm", [2, 12, 12, 12, 16], [3, 3, 3, 16, 24], [1, 1, 1]],
  ["Winograd's algorithm in several chunks", [1, 34, 44, 44, 4], [3, 3, 3, 4, 8], [1, 1, 1]],
  ["Winograd's algorithm in several blocks", [1, 9, 16, 16, 32], [3, 3, 3, 32, 8], [1, 1, 1]],
  ["one input channel", [1, 20, 7, 9, 1], [3, 3, 3, 1, 8], [1, 1, 1]],
  ["fewer planes than threads", [1, 1, 3, 3, 32], [3, 3, 3, 32, 40], [1, 1, 1]],
  ["a pointwise kernel", [1, 12, 12, 12, 8], [1, 1, 1, 8, 3], [1, 1, 1]],
  ["strides of 2", [1, 9, 8, 8, 8], [3, 3, 3, 8, 12], [2, 2, 2]],
];

for (const [what, shape, filterShape, strides] of convolutions) {
  Deno.test(`conv3d and its gradients have the same bits on one, two and three threads: ${what}`, async () => {
    await startEngine({ engine: "wasm" });
    const results: Float32Array[][] = [];
    for (const threads of [1, 2, 3]) {
      const module = await loadKernels(tf.backend(), { threads });
      registerKernels(module);
      results.push(tf.tidy(() => {
        const [x, filter] = [tensorOf(reference.noise(shape, 1)), tensorOf(reference.noise(filterShape, 2))];
        const run = (x: tf.Tensor, filter: tf.Tensor) => conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, { strides });
        const y = run(x, filter);
        const dy = tensorOf(reference.noise(y.shape, 3));
        return [y, ...tf.grads(run)([x, filter], dy)].map((tensor) => tensor.dataSync() as Float32Array);
      }));
      await module.stop();
    }
    for (const others of results.slice(1)) {
      others.forEach((values, i) => assertEquals(values, results[0][i], ["y", "dx", "dFilter"][i]));
    }
  });
}
