import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../src/engine/engine.ts";
import { variableGrads } from "../../src/engine/gradients.ts";
import { conv3d, normAct } from "../../src/engine/ops.ts";
import { contract, tensorOf } from "./_contract.ts";
import { noise } from "./_reference.ts";

/** Blocks of convolution and normalisation, the first one's output joined to the last one's by a sum. */
function network(depth: number) {
  const filters = Array.from({ length: depth }, (_, i) => {
    return tf.tidy(() => tf.variable(tensorOf(noise([3, 3, 3, 8, 8], i)))) as tf.Variable<tf.Rank.R5>;
  });
  const unused = tf.variable(tf.ones([2]));
  const x = tensorOf<tf.Rank.R5>(noise([1, 8, 8, 8, 8], 99));
  const block = (x: tf.Tensor5D, filter: tf.Tensor5D) => normAct(conv3d(x, filter), tf.ones([8]), tf.zeros([8]));
  const loss = () => {
    const [first, ...rest] = filters;
    const start = block(x, first); // [1, 8, 8, 8, 8]
    return tf.sum(tf.square(tf.add(rest.reduce(block, start), start))) as tf.Scalar;
  };
  return { variables: [...filters, unused], loss };
}

contract("variableGrads gives what tfjs's gives, and leaves nothing behind", async () => {
  const { variables, loss } = network(3);
  const expected = tf.variableGrads(loss, variables);
  const before = tf.memory().numTensors;
  const { value, grads } = variableGrads(loss, variables);
  assertEquals(tf.memory().numTensors, before + 1 + 3);
  assertEquals(await value.data(), await expected.value.data());
  assertEquals(Object.keys(grads), Object.keys(expected.grads));
  for (const [name, gradient] of Object.entries(grads)) {
    assertEquals(await gradient.data(), await expected.grads[name].data(), name);
  }
  for (const variable of variables) variable.dispose();
});

contract("variableGrads lets an op pass its incoming gradient on as it is, and use a variable twice", async () => {
  const variable = tf.variable(tf.tensor1d([1, 2, 3]));
  const same = tf.customGrad((...args) => ({
    value: tf.clone(args[0] as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => dy,
  }));
  const { grads } = variableGrads(
    () => tf.sum(tf.add(same(same(variable)), tf.mul(variable, same(variable)))) as tf.Scalar,
    [variable],
  );
  assertEquals([...await grads[variable.name].data()], [3, 5, 7]); // 1 + 2 v
  variable.dispose();
});

Deno.test("variableGrads needs no more memory on the way back than on the way forth", async () => {
  await startEngine({ engine: "cpu" });
  const { variables, loss } = network(12);
  const mostBytes = (gradientsOf: typeof variableGrads) => {
    const [forward, backward] = [{ most: 0 }, { most: 0 }];
    let seen = forward;
    const stock = tf.getKernel("Sub", "cpu")!; // runs in every step of either way
    tf.unregisterKernel("Sub", "cpu");
    tf.registerKernel({
      ...stock,
      kernelFunc: (call) => (seen.most = Math.max(seen.most, tf.memory().numBytes), stock.kernelFunc(call)),
    });
    const { value, grads } = gradientsOf(() => {
      const value = loss();
      seen = backward;
      return value;
    }, variables);
    tf.dispose([value, grads]);
    tf.unregisterKernel("Sub", "cpu");
    tf.registerKernel(stock);
    return backward.most / forward.most;
  };
  const [ours, stock] = [mostBytes(variableGrads), mostBytes(tf.variableGrads)];
  assert(ours < 1 && stock > 1.2, `${ours} times what the forward pass took; tfjs's own: ${stock}`);
  for (const variable of variables) variable.dispose();
});
