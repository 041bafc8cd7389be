import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../src/engine/engine.ts";
import { updateMomentum } from "../../src/model/momentum.ts";

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`what follows moves by 1 - m towards what it follows, in place and without a leak (${engine})`, async () => {
    await startEngine({ engine });
    const slow = new Map([["w", tf.variable(tf.tensor1d([0, 10]))]]);
    const fast = new Map([["w", tf.variable(tf.tensor1d([1, 20]))]]);
    const held = slow.get("w")!;
    const before = tf.memory().numTensors;
    updateMomentum(slow, fast, 0.75);
    assertEquals([...held.dataSync()], [0.25, 12.5]);
    updateMomentum(slow, fast, 1);
    assertEquals([...held.dataSync()], [0.25, 12.5]);
    updateMomentum(slow, fast, 0);
    assertEquals([...held.dataSync()], [1, 20]);
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("other variables, and a momentum out of range, are refused", async () => {
  await tf.setBackend("cpu");
  const a = new Map([["a", tf.variable(tf.scalar(1))]]), b = new Map([["b", tf.variable(tf.scalar(1))]]);
  assertThrows(() => updateMomentum(a, b, 0.5), RangeError, "variable a is missing");
  assertThrows(() => updateMomentum(a, new Map(), 0.5), RangeError, "got 1 and 0");
  assertThrows(() => updateMomentum(a, a, 1.5), RangeError, "in [0, 1], got 1.5");
});
