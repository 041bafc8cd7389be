import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { decayAt, MovingAverage } from "../../src/model/moving_average.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";

const config = parseUNetConfig({ classes: 2, baseFilters: 2, levels: 2, norm: "instance", pool: [[2, 2, 2]] });

/** A network, its average, and what sets all weights of the network to a number. */
async function opened(decay = 0.99) {
  await startEngine({ engine: "cpu" });
  const network = new UNet(config, new Rng(1));
  const set = (value: number) =>
    network.variables.forEach((variable) => tf.tidy(() => variable.assign(tf.fill(variable.shape, value))));
  set(0);
  const average = new MovingAverage(network, { decay });
  /** Of any weight: all are the same. */
  const value = async () => {
    const values = (await readWeights(average.network.variables)).flatMap(({ data }) => [...data]);
    assertEquals(new Set(values).size, 1);
    return values[0];
  };
  const dispose = () => [average, network].forEach((one) => one.dispose());
  return { network, average, set, value, dispose };
}

Deno.test("the decay grows from .1 to its value and stays", () => {
  assertEquals([0, 8, 890, 9999].map((step) => decayAt(step, 0.99)), [0.1, 0.5, 0.99, 0.99]);
  assertEquals(decayAt(5, 0), 0);
});

Deno.test("it begins as the network is, follows its steps, and leaves it as it is", async () => {
  const { network, average, set, value, dispose } = await opened();
  assertEquals(await value(), 0);
  set(1);
  average.update(0);
  assertAlmostEquals(await value(), 0.9, 1e-6);
  average.update(8);
  assertAlmostEquals(await value(), 0.95, 1e-6);
  assert((await readWeights(network.variables)).every(({ data }) => data.every((weight) => weight === 1)));
  dispose();
});

Deno.test("weights that are adopted take the place of the steps that led to them", async () => {
  const { average, set, value, dispose } = await opened();
  set(5);
  average.update(0);
  set(1);
  average.adopt(); // the first that are adopted: before them there was nothing in common
  assertEquals(await value(), 1);
  set(100);
  for (const step of [8, 8]) average.update(step); // half of what it was, twice
  set(3);
  average.adopt();
  assertAlmostEquals(await value(), 0.25 * 1 + 0.75 * 3, 1e-6);
  set(7);
  average.adopt(); // without a step: from a site that is further on
  assertEquals(await value(), 7);
  dispose();
});

Deno.test("it goes on from its state, before weights are adopted and between two times", async () => {
  const { average, set, value, dispose } = await opened();
  const onwards = async () => {
    set(9);
    average.update(3);
    set(4);
    average.adopt();
    average.update(5);
    return await value();
  };
  for (const before of [() => average.update(0), () => average.adopt(), () => average.update(1)]) {
    set(2);
    before();
    const state = await average.state(), expected = await onwards();
    set(-50);
    average.adopt();
    average.update(0);
    average.setState(state);
    assertEquals(await onwards(), expected);
  }
  dispose();
});

Deno.test("it leaves no tensor, and refuses another network's state", async () => {
  await startEngine({ engine: "cpu" });
  const network = new UNet(config, new Rng(1), { deepSupervision: true }), { numTensors } = tf.memory();
  const average = new MovingAverage(network, { decay: 0.9 });
  average.update(0);
  average.adopt();
  average.update(1);
  const held = tf.memory().numTensors, state = await average.state();
  average.update(2);
  average.adopt();
  average.setState(state);
  assertEquals(tf.memory().numTensors, held);
  assertThrows(() => average.setState(state.slice(1)), RangeError, "is missing");
  average.dispose();
  assertEquals(tf.memory().numTensors, numTensors);
  network.dispose();
});
