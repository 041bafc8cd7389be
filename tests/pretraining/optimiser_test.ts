import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Verdict } from "../../src/engine/steps/verdict.ts";
import { Optimiser, rateAt } from "../../src/pretraining/optimiser.ts";

const OPTIONS = { learningRate: 0.1, warmUpSteps: 0, decaySteps: 0, weightDecay: 0 };

/** The verdict about a step whose gradients have this norm and are scaled down to 1. */
const ofNorm = (norm: number) => new Verdict({ step: { loss: 0, norm } }, 1);

const variablesOf = () =>
  new Map<string, tf.Variable>([["w", tf.variable(tf.tensor1d([1, -2]))], ["b", tf.variable(tf.scalar(3))]]);
const gradientsOf = (w: number[], b: number) =>
  new Map<string, tf.Tensor>([["w", tf.tensor1d(w)], ["b", tf.scalar(b)]]);

Deno.test("the rate warms up, falls along a cosine and rests at a twentieth", () => {
  const schedule = { learningRate: 1, warmUpSteps: 4, decaySteps: 10 };
  assertAlmostEquals(rateAt(0, schedule), 0.2);
  assertAlmostEquals(rateAt(4, schedule), 1);
  assertAlmostEquals(rateAt(9, schedule), 0.525);
  assertAlmostEquals(rateAt(99, schedule), 0.05);
  assertAlmostEquals(rateAt(99, { ...schedule, decaySteps: 0 }), 1);
});

Deno.test("a first step of Adam moves each value by the rate, against its gradient", async () => {
  await tf.setBackend("cpu");
  const variables = variablesOf();
  const optimiser = new Optimiser(variables, OPTIONS);
  optimiser.apply(gradientsOf([0.3, -0.2], 0.1), ofNorm(Math.sqrt(0.14)));
  const moved = [...variables.values()].flatMap((variable) => [...variable.dataSync()]);
  [0.9, -1.9, 2.9].forEach((value, i) => assertAlmostEquals(moved[i], value, 1e-4));
});

Deno.test("gradients longer than the limit are scaled down to it", async () => {
  await tf.setBackend("cpu");
  const optimiser = new Optimiser(variablesOf(), OPTIONS);
  optimiser.apply(gradientsOf([3, 0], 4), ofNorm(5));
  const [, ...moments] = await optimiser.save();
  const values = moments.flatMap(({ data }) => [...data]);
  [0.06, 0, 0.36e-3, 0, 0.08, 0.64e-3].forEach((value, i) => assertAlmostEquals(values[i], value, 1e-6));
});

Deno.test("a state that is saved and loaded goes on as if nothing had happened, without leaks", async () => {
  await tf.setBackend("cpu");
  const first = variablesOf(), second = variablesOf();
  const one = new Optimiser(first, OPTIONS), two = new Optimiser(second, OPTIONS);
  const run = (optimiser: Optimiser, w: number[], b: number) => {
    const gradients = gradientsOf(w, b);
    optimiser.apply(gradients, ofNorm(Math.hypot(...w, b)));
    tf.dispose([...gradients.values()]);
  };
  run(one, [3, -2], 1);
  run(two, [9, 9], 9);
  second.forEach((variable, name) => variable.assign(first.get(name)!));
  const before = tf.memory().numTensors;
  two.load(await one.save());
  assertEquals(tf.memory().numTensors, before);
  run(one, [0.1, 0.4], -2);
  run(two, [0.1, 0.4], -2);
  for (const [name, variable] of first) assertEquals([...second.get(name)!.dataSync()], [...variable.dataSync()]);
  assertEquals([one.steps, two.steps], [2, 2]);
});

Deno.test("a state of other variables is refused, vectors of others are passed over", async () => {
  await tf.setBackend("cpu");
  const optimiser = new Optimiser(variablesOf(), OPTIONS);
  assertThrows(() => optimiser.load([]), RangeError, "must hold adam/steps");
  const state = await optimiser.save();
  const other = { name: "adam/first/other", shape: [1], data: new Float32Array(1) };
  assertThrows(() => optimiser.load([...state, other]), RangeError, "names no variable");
  optimiser.load([...state, { ...other, name: "tap0/bank/features" }]);
});
