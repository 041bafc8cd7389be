import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../../src/engine/engine.ts";
import { unetBackbone } from "../../../src/pretraining/backbone.ts";
import { createObjective, objectives } from "../../../src/pretraining/objectives/registry.ts";
import { Rng } from "../../../src/core/rng.ts";
import { NETWORK, smallConfig, syntheticCase, viewBatch } from "../_fixtures.ts";

Deno.test("the gradient of the whole step agrees with the loss along its own direction", async () => {
  await tf.setBackend("cpu");
  const config = smallConfig({ projections: [{ grid: [2, 2, 2], locations: 6 }, { kind: "global", grid: [2, 1, 1] }] });
  const objective = await createObjective({
    config,
    createBackbone: unetBackbone(NETWORK, config),
    modelRng: new Rng(1),
  });
  const batch = viewBatch([syntheticCase(1), syntheticCase(2), syntheticCase(3)], config, 2);
  const first = objective.step(batch, { rng: new Rng(3), step: 0 });
  await first.finish({ moves: false }); // the queue is filled, the weights stay
  const { gradients } = objective.step(batch, { rng: new Rng(4), step: 1 });
  const lossAt = (offset: number, norm: number) => {
    for (const [name, gradient] of gradients) {
      const variable = objective.variables.get(name)!;
      variable.assign(variable.add(gradient.mul(offset / norm)));
    }
    const { loss } = objective.step(batch, { rng: new Rng(4), step: 1 });
    return loss.dataSync()[0];
  };
  const norm = Math.sqrt(
    [...gradients.values()].reduce((sum, gradient) => sum + gradient.square().sum().dataSync()[0], 0),
  );
  assertEquals(gradients.size, objective.variables.size);
  const delta = 5e-4;
  const up = lossAt(delta, norm), down = lossAt(-2 * delta, norm);
  assertAlmostEquals((up - down) / (2 * delta) / norm, 1, 0.02);
});

Deno.test("of a release that is malformed for one projection nothing is kept", async () => {
  await tf.setBackend("cpu");
  const config = smallConfig({
    projections: [{ grid: [2, 2, 2], locations: 6 }, { maps: ["encoder1"], grid: [2, 1, 1] }],
  });
  const release = { peer: "p", round: 1, partitions: Int32Array.of(0, 9), features: new Float32Array(16).fill(0.3) };
  const losses = [];
  for (const admitted of [false, true, "broken"]) {
    const objective = await createObjective({
      config,
      createBackbone: unetBackbone(NETWORK, config),
      modelRng: new Rng(1),
    });
    const batch = viewBatch([syntheticCase(1), syntheticCase(2)], config, 2);
    if (admitted === "broken") {
      const features = release.features.map((value, i) => i < 8 ? value : NaN);
      assertThrows(() => objective.admit({ ...release, features }, 1), RangeError, "every value must be finite");
    } else if (admitted) objective.admit(release, 1);
    losses.push(objective.step(batch, { rng: new Rng(4), step: 0 }).loss.dataSync()[0]);
  }
  assertEquals(losses[2], losses[0]);
  assertEquals(losses[1] !== losses[0], true);
});

Deno.test("the registry names each objective once, and fcl is among them", () => {
  assertEquals(objectives.names.includes("fcl"), true);
});

Deno.test("the engine with own kernels gives the reference's loss and gradients", async () => {
  const config = smallConfig({
    decoderLevel: 0,
    projections: [
      { grid: [2, 2, 2], maps: ["finest", "bottleneck"], locations: 6 },
      { kind: "global", maps: ["decoder1"], grid: [2, 1, 1] },
    ],
    symmetric: true,
  });
  const results = [];
  for (const engine of ["cpu", "wasm"] as const) {
    await startEngine({ engine });
    const objective = await createObjective({
      config,
      createBackbone: unetBackbone(NETWORK, config),
      modelRng: new Rng(1),
    });
    const batch = viewBatch([syntheticCase(1), syntheticCase(2), syntheticCase(3)], config, 2);
    const first = objective.step(batch, { rng: new Rng(3), step: 0 });
    await first.finish({ moves: true });
    const { loss, gradients } = objective.step(batch, { rng: new Rng(4), step: 1 });
    const values = new Map([...gradients].map(([name, gradient]) => [name, gradient.dataSync().slice()]));
    results.push({ loss: loss.dataSync()[0], values });
  }
  await startEngine({ engine: "cpu" });
  const [reference, own] = results;
  assertAlmostEquals(own.loss, reference.loss, 1e-4);
  for (const [name, expected] of reference.values) {
    const actual = own.values.get(name)!;
    const scale = Math.max(...expected.map(Math.abs));
    expected.forEach((value, i) => assertAlmostEquals(actual[i], value, 2e-3 * scale + 1e-6, name));
  }
});
