import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { AdamW, globalNorm } from "../../src/engine/optimiser.ts";
import { assertClose, contract, tensorOf } from "./_contract.ts";
import { noise } from "./_reference.ts";

const options = { learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-6, weightDecay: 0.05 };

/** AdamW as its paper writes it, in float64, then the pull back to the start. */
function reference(w: Float64Array, gradients: Float64Array[], strength = 0): Float64Array {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
  const [m, v] = [new Float64Array(w.length), new Float64Array(w.length)];
  const result = w.slice();
  gradients.forEach((g, t) => {
    for (let i = 0; i < w.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2;
      const [mean, square] = [m[i] / (1 - beta1 ** (t + 1)), v[i] / (1 - beta2 ** (t + 1))];
      result[i] -= learningRate * (mean / (Math.sqrt(square) + epsilon) + weightDecay * result[i]);
      result[i] -= learningRate * strength * (result[i] - w[i]);
    }
  });
  return result;
}

const start = noise([3, 7], 1);
const gradients = [2, 3, 4].map((seed) => noise([3, 7], seed));

contract("AdamW moves as its paper says, also from a restored state", async () => {
  const w = tf.variable(tensorOf(start), false);
  const variables = new Map([["w", w]]);
  let optimiser = new AdamW(variables, options);
  for (const [index, gradient] of gradients.entries()) {
    optimiser.apply(new Map([["w", tensorOf(gradient)]]));
    if (index === 0) {
      const state = await optimiser.read();
      assertEquals(state.map(({ name, shape }) => [name, shape]), [
        ["adam/steps", [1]],
        ["adam/first/w", [3, 7]],
        ["adam/second/w", [3, 7]],
      ]);
      optimiser.dispose();
      optimiser = new AdamW(variables, options);
      optimiser.write(state);
      assertEquals(optimiser.steps, 1);
    }
  }
  const expected = reference(start.data, gradients.map(({ data }) => data));
  await assertClose(w, { shape: [3, 7], data: expected }, "weights", 1e-6);
  optimiser.dispose();
  w.dispose();
});

contract("AdamW scales the gradient, and leaves variables without one and clones alone", async () => {
  const [w, other] = [tf.variable(tensorOf(start), false), tf.variable(tf.ones([2]), false)];
  const clone = tf.clone(w);
  const optimiser = new AdamW(new Map([["w", w], ["other", other]]), { learningRate: 0.1, epsilon: 1 });
  optimiser.apply(new Map([["w", tensorOf(gradients[0])]]), { scale: 0.5, learningRate: 0.2 });
  const halved = gradients[0].data.map((value) => value / 2);
  // the first step's corrected moments are g and g^2
  const data = start.data.map((value, i) => value - 0.2 * halved[i] / (Math.abs(halved[i]) + 1));
  await assertClose(w, { shape: [3, 7], data }, "weights", 1e-6);
  assertEquals([...await other.data()], [1, 1]);
  await assertClose(clone, start, "clone", 0);
  optimiser.dispose();
  tf.dispose([w, other]);
});

contract("AdamW pulls back to where it began what it is told to, also from a restored state", async () => {
  const strength = 4, names = new Set(["w", "no variable"]);
  const [w, free] = [start, start].map((values) => tf.variable(tensorOf(values), false));
  const optimiser = new AdamW(new Map([["w", w], ["free", free]]), { ...options, pull: { strength, names } });
  for (const gradient of gradients) {
    optimiser.apply(new Map(["w", "free"].map((name) => [name, tensorOf(gradient)])));
    optimiser.write(await optimiser.read());
  }
  const moved = gradients.map(({ data }) => data);
  await assertClose(w, { shape: [3, 7], data: reference(start.data, moved, strength) }, "pulled", 1e-6);
  await assertClose(free, { shape: [3, 7], data: reference(start.data, moved) }, "free", 1e-6);
  optimiser.apply(new Map([["w", tensorOf(gradients[0])]]), { learningRate: 1 }); // all of the way, and no further
  await assertClose(w, start, "back", 0);
  optimiser.dispose();
  tf.dispose([w, free]);
});

contract("AdamW moves each variable at its share of the rate, weight decay and pull with it", async () => {
  const after: Float32Array[] = [], pull = { strength: 2, names: new Set(["w"]) };
  const shareOf = (name: string) => name === "w" ? 0.25 : 1;
  for (const changes of [{ learningRate: 0.1, shareOf }, { learningRate: 0.025 }]) {
    const w = tf.variable(tensorOf(start), false);
    const optimiser = new AdamW(new Map([["w", w]]), { ...options, ...changes, pull });
    for (const gradient of gradients) optimiser.apply(new Map([["w", tensorOf(gradient)]]));
    after.push(new Float32Array(await w.data<"float32">()));
    optimiser.dispose();
    w.dispose();
  }
  assertEquals(after[0], after[1]);
});

contract("AdamW refuses what does not belong to its variables", () => {
  const w = tf.variable(tensorOf(start), false);
  const optimiser = new AdamW(new Map([["w", w]]));
  assertThrows(() => optimiser.apply(new Map([["v", tf.ones([1])]])), RangeError, 'a variable for the gradient "v"');
  assertThrows(() => optimiser.apply(new Map([["w", tf.ones([1])]])), RangeError, "must be [3,7], got [1]");
  const steps = { name: "adam/steps", shape: [1], data: Float32Array.of(1) };
  const moment = (name: string, size: number) => ({ name, shape: [size], data: new Float32Array(size) });
  assertThrows(() => optimiser.write([]), RangeError, "must hold adam/steps");
  assertThrows(() => optimiser.write([steps, moment("adam/first/w", 3)]), RangeError, "two moments of shape [3,7]");
  assertThrows(() => optimiser.write([steps, moment("adam/first/v", 3)]), RangeError, "names no variable");
  assertEquals(optimiser.steps, 0);
  w.dispose();
});

contract("the global norm is that of all gradients together, and not finite if one value is not", async () => {
  const norm = await globalNorm(new Map([["a", tf.tensor1d([3, 0, 0])], ["b", tf.tensor1d([0, 4])]]));
  assert(Math.abs(norm - 5) < 1e-6, `${norm}`);
  assert(Number.isNaN(await globalNorm(new Map([["a", tf.tensor1d([1, NaN])]]))));
});
