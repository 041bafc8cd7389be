/** Steps that are judged, on every engine: at once, or on a card by the card itself. */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { AdamW } from "../../../src/engine/optimiser.ts";
import { judgeKernel } from "../../../src/engine/steps/kernels.ts";
import { StepGate } from "../../../src/engine/steps/step_gate.ts";
import { blendWhereMoved } from "../../../src/engine/steps/verdict.ts";
import type { Variable } from "../../../src/engine/tensors.ts";
import { contract } from "../_contract.ts";
import { noise } from "../_reference.ts";

/** More variables than a launch takes, one of them larger than what a workgroup adds up. */
const SHAPES = [...Array.from({ length: 14 }, (_, index) => [index + 1, 3]), [5000]];

/** Variables by name with values of a seed. */
function variablesOf(seed: number): Map<string, Variable> {
  return new Map(SHAPES.map((shape, index) => {
    const { data } = noise(shape, seed + index);
    return [`v${index}`, tf.tidy(() => tf.variable(tf.tensor(new Float32Array(data), shape), false))];
  }));
}

/** Gradients for all variables; one value of the last is what is given. */
function gradientsOf(seed: number, spoilt?: number): Map<string, tf.Tensor> {
  return new Map(SHAPES.map((shape, index) => {
    const data = new Float32Array(noise(shape, 100 * seed + index).data);
    if (spoilt !== undefined && index === SHAPES.length - 1) data[4321] = spoilt;
    return [`v${index}`, tf.tensor(data, shape)];
  }));
}

const normOf = async (gradients: ReadonlyMap<string, tf.Tensor>) =>
  Math.sqrt(
    (await Promise.all([...gradients.values()].map((one) => one.data<"float32">()))).flatMap((data) => [...data])
      .reduce((sum, value) => sum + value ** 2, 0),
  );

const valuesOf = async (variables: ReadonlyMap<string, tf.Tensor>) =>
  (await Promise.all([...variables.values()].map((one) => one.data<"float32">()))).flatMap((data) => [...data]);

function assertNear(actual: readonly number[], expected: readonly number[], what: string, tolerance = 2e-6): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert(Math.abs(actual[i] - value) <= tolerance, `${what} ${i}: ${actual[i]} ${value}`)
  );
}

/** The steps of a training: gradients that are fine, or spoilt by a value, or a loss that is not finite. */
const STEPS: readonly { readonly seed: number; readonly spoilt?: number; readonly loss?: number }[] = [
  { seed: 1 },
  { seed: 2, spoilt: NaN },
  { seed: 3 },
  { seed: 4, loss: Infinity },
  { seed: 5, spoilt: Infinity },
  { seed: 6 },
  { seed: 7 },
];

const isGood = ({ spoilt, loss }: typeof STEPS[number]) => spoilt === undefined && loss === undefined;

contract("steps that are not finite move nothing, and the others move as if those had not been", async () => {
  const pull = { strength: 0.5, names: new Set(["v1", "v2", "v14"]) };
  const shareOf = (name: string) => name === "v2" ? 0.25 : 1;
  const options = { beta1: 0.8, beta2: 0.9, epsilon: 1e-6, weightDecay: 0.05, pull, shareOf };
  const learningRate = (steps: number) => 0.1 / (steps + 1); // so that a step that is counted wrongly shows
  const [judged, plain] = [variablesOf(1), variablesOf(1)];
  const [optimiser, reference] = [new AdamW(judged, options), new AdamW(plain, options)];
  const [slow, slowReference] = [variablesOf(50), variablesOf(50)];
  const gate = new StepGate({ clipNorm: 12, every: 4 });
  const seen: { loss: number; norm: number }[] = [], norms: number[] = [];
  for (const [index, step] of STEPS.entries()) {
    const gradients = gradientsOf(step.seed, step.spoilt), loss = tf.scalar(step.loss ?? index);
    const verdict = await gate.judge(loss, gradients), before = optimiser.steps;
    optimiser.apply(gradients, { learningRate, verdict });
    const shareAfter = (steps: number) => 1 - 0.5 / (steps + 1);
    const pairs = [...slow.keys()].map((name) => [slow.get(name)!, judged.get(name)!] as const);
    blendWhereMoved(pairs, (skipped) => shareAfter(before - skipped), verdict);
    if (gate.isDue || index === STEPS.length - 1) seen.push(...await gate.settle());
    norms.push(await normOf(gradients));
    if (isGood(step)) {
      const steps = reference.steps;
      reference.apply(gradients, { learningRate, scale: Math.min(1, 12 / norms.at(-1)!) });
      const pairs = [...slow.keys()].map((name) => [slowReference.get(name)!, plain.get(name)!] as const);
      blendWhereMoved(pairs, () => shareAfter(steps));
    }
    tf.dispose([loss, ...gradients.values()]);
  }
  assertEquals(seen.map(({ loss }) => loss), [0, 1, 2, Infinity, 4, 5, 6]);
  seen.forEach(({ norm }, index) => {
    if (Number.isFinite(norms[index])) assertAlmostEquals(norm, norms[index], 1e-4 * norms[index]);
    else assert(!Number.isFinite(norm), `step ${index}: ${norm}`);
  });
  assertEquals(optimiser.steps, 4);
  assertNear(await valuesOf(judged), await valuesOf(plain), "weights");
  assertNear(await valuesOf(slow), await valuesOf(slowReference), "followers");
  const [state, expected] = [await optimiser.read(), await reference.read()];
  for (const [index, { name, data }] of expected.entries()) assertNear([...state[index].data], [...data], name);
  gate.dispose();
  for (const one of [optimiser, reference]) one.dispose();
  tf.dispose([judged, plain, slow, slowReference].flatMap((variables) => [...variables.values()]));
});

contract("a step that is not finite leaves weights and moments as they were, bit for bit", async () => {
  const variables = variablesOf(1);
  const optimiser = new AdamW(variables, { weightDecay: 0.1 });
  const gate = new StepGate({ clipNorm: 1, every: 1 });
  const step = async (seed: number, spoilt?: number) => {
    const gradients = gradientsOf(seed, spoilt);
    optimiser.apply(gradients, { verdict: await gate.judge(tf.scalar(1), gradients) });
    await gate.settle();
    return { weights: await valuesOf(variables), state: await optimiser.read() };
  };
  const before = await step(1);
  assertEquals(await step(2, NaN), before);
  assertEquals(await step(3, 1e30), before); // its square is more than float32 holds
  gate.dispose();
  optimiser.dispose();
  tf.dispose([...variables.values()]);
});

contract(
  "what only a card knows is not read, and as many steps as it may have before it end with an error",
  async () => {
    const variables = variablesOf(1), gradients = gradientsOf(1), loss = tf.scalar(1);
    const optimiser = new AdamW(variables);
    const gate = new StepGate({ clipNorm: 1, every: 16 });
    for (let step = 0; step < 16; step++) optimiser.apply(gradients, { verdict: await gate.judge(loss, gradients) });
    if (judgeKernel.isAvailable) {
      await assertRejects(() => gate.judge(loss, gradients), Error, "16 must be settled");
      await assertRejects(() => optimiser.read(), Error, "must be settled before");
      const other = new AdamW(variables), gateOfOther = new StepGate({ clipNorm: 1 });
      const verdict = await gateOfOther.judge(loss, gradients);
      assertThrows(() => optimiser.apply(gradients, { verdict }), RangeError, "all 0 steps not known yet, got 16");
      other.dispose();
      gateOfOther.dispose();
    }
    assertEquals(gate.isDue, true);
    assertEquals((await gate.settle()).length, 16);
    assertEquals(await gate.settle(), []);
    assertEquals((await optimiser.read())[0].data[0], 16);
    gate.dispose();
    optimiser.dispose();
    tf.dispose([...variables.values()]);
    assertThrows(() => new StepGate({ clipNorm: 1, every: 17 }), RangeError, "1 to 16 between two readings, got 17");
  },
);
