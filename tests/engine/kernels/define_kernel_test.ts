import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { defineKernel } from "../../../src/engine/kernels/define_kernel.ts";
import { startEngine } from "../../../src/engine/engine.ts";

const values = (tensor: tf.Tensor) => tf.tidy(() => [...tensor.dataSync()]);

Deno.test("a kernel that is defined again still runs tfjs's own beneath, never its own earlier one", async () => {
  await startEngine({ engine: "cpu" });
  for (const summand of [1, 1, 2]) {
    defineKernel("cpu", "Neg", ({ x }, _attributes, stock, backend) => {
      const shifted = Float32Array.from(backend.readSync(x.dataId) as Float32Array, (value) => value + summand);
      return stock({ inputs: { x: tf.tensor(shifted, x.shape) } });
    });
    assertEquals(values(tf.neg(tf.tensor1d([1, 2]))), [-1 - summand, -2 - summand]);
  }
  defineKernel("cpu", "Neg", (_inputs, _attributes, stock) => stock()); // other files' tests run on this backend, too
});

Deno.test("a kernel that has nothing of tfjs's beneath says so", async () => {
  await startEngine({ engine: "cpu" });
  defineKernel("cpu", "Nothing", (_inputs, _attributes, stock) => stock());
  assertThrows(() => tf.engine().runKernel("Nothing", {}), Error, "tfjs has no kernel Nothing for cpu");
});
