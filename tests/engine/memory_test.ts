import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../src/core/errors.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { loadKernels } from "../../src/engine/kernels/wasm/module.ts";
import { concatChannels } from "../../src/engine/ops/concat_channels.ts";
import { conv3d } from "../../src/engine/ops/conv3d.ts";
import { maxPool3d } from "../../src/engine/ops/max_pool3d.ts";
import { normAct } from "../../src/engine/ops/norm_act.ts";
import { upsample3d } from "../../src/engine/ops/upsample3d.ts";
import { AdamW, globalNorm } from "../../src/engine/optimiser.ts";
import { noise } from "./_reference.ts";
import { tensorOf } from "./_contract.ts";

/** One resolution down and up again: every op of the networks once. */
function smallNetwork() {
  const shapes = {
    first: [3, 3, 3, 1, 8],
    second: [3, 3, 3, 8, 16],
    lateral: [1, 1, 1, 16, 8],
    last: [3, 3, 3, 16, 3],
  };
  const variables = new Map<string, tf.Variable>();
  for (const [name, shape] of Object.entries(shapes)) {
    variables.set(name, tf.tidy(() => tf.variable(tf.mul(tensorOf(noise(shape, variables.size)), 0.2))));
  }
  for (const [name, value] of Object.entries({ gamma: 1, beta: 0 })) {
    variables.set(name, tf.tidy(() => tf.variable(tf.fill([8], value))));
  }
  const at = (name: string) => variables.get(name)! as tf.Tensor5D;
  const forward = (x: tf.Tensor5D) => {
    const [gamma, beta] = ["gamma", "beta"].map((name) => variables.get(name)! as tf.Tensor1D);
    const fine = normAct(conv3d(x, at("first")), gamma, beta); // [batch, 8, 8, 8, 8]
    const coarse = tf.relu(conv3d(maxPool3d(fine, [2, 2, 2]), at("second"))); // [batch, 4, 4, 4, 16]
    const raised = upsample3d(conv3d(coarse, at("lateral")), [2, 2, 2]); // [batch, 8, 8, 8, 8]
    return conv3d(concatChannels(fine, raised), at("last")); // [batch, 8, 8, 8, 3]
  };
  return { variables, forward };
}

for (const [engine, steps] of [["wasm", 220], ["cpu", 3]] as const) {
  Deno.test(`training on ${engine} keeps tensors and memory constant over ${steps} steps, and learns`, async () => {
    await startEngine({ engine });
    const { variables, forward } = smallNetwork();
    const optimiser = new AdamW(variables, { learningRate: 3e-3 });
    const x = tensorOf<tf.Rank.R5>(noise([2, 8, 8, 8, 1], 7));
    const target = tf.tidy(() => tf.oneHot(tf.cast(tf.greater(x.flatten(), 0), "int32"), 3).toFloat());
    const memory = engine === "wasm" ? await heap() : () => 0;
    const losses: number[] = [];
    const tensors: number[] = [];
    const bytes: number[] = [];
    for (let step = 0; step < steps; step++) {
      const { value, grads } = tf.variableGrads(() => {
        const logits = tf.reshape(forward(x), [-1, 3]); // [voxels, classes]
        return tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1))) as tf.Scalar;
      }, [...variables.values()]);
      const gradients = new Map([...variables].map(([name, variable]) => [name, grads[variable.name]]));
      optimiser.apply(gradients, { scale: Math.min(1, 1 / await globalNorm(gradients)) });
      losses.push((await value.data())[0]);
      tf.dispose([value, grads]);
      tensors.push(tf.memory().numTensors);
      bytes.push(memory());
    }
    assertEquals(new Set(tensors).size, 1, `tensor counts: ${[...new Set(tensors)]}`);
    assertEquals(new Set(bytes.slice(20)).size <= 1, true, `bytes of WebAssembly memory: ${[...new Set(bytes)]}`);
    assert(losses.at(-1)! < losses[0], `the loss went from ${losses[0]} to ${losses.at(-1)}`);
    optimiser.dispose();
    tf.dispose([x, target, ...variables.values()]);
  });
}

/** The size of tfjs's WebAssembly memory. */
async function heap(): Promise<() => number> {
  const module = await loadKernels(tf.backend());
  return () => module.heldBytes();
}

Deno.test("the wasm engine computes in the upper half of its 4 GiB, and says what does not fit", async () => {
  await startEngine({ engine: "wasm" });
  const module = await loadKernels(tf.backend());
  const values = () => {
    const { variables, forward } = smallNetwork();
    const x = tensorOf<tf.Rank.R5>(noise([1, 8, 8, 8, 1], 7));
    const results = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(forward(x))), [...variables.values()]);
      return [value, ...Object.values(grads)].map((tensor) => [...tensor.dataSync()]);
    });
    tf.dispose([x, ...variables.values()]);
    return results;
  };
  const low = values();
  const ballast = [0, 1].map(() => module.output([2 ** 28])); // 2 GiB of addresses; nothing touches them
  for (let size = 2 ** 20; size >= 4; size /= 2) { // and whatever gaps are left below
    do ballast.push(module.output([size])); while (module.pointer(ballast.at(-1)!) < 2 ** 31);
  }
  assertEquals(values(), low);
  const before = tf.memory().numTensors;
  for (const size of [2 ** 29 - 2 ** 15, 2 ** 29, 2 ** 30]) {
    assertThrows(() => module.output([size]), UserError, "lower the batch, the patch or the base filters");
  }
  assertEquals([tf.memory().numTensors, values()], [before, low]);
  for (const { dataId } of ballast) tf.backend().disposeData(dataId);
});
