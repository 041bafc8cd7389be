/** What every objective must do, in the same pre-trainer. */
import "../../scripts/examples/objective.ts";
import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Objective, ViewBatch } from "../../src/pretraining/objectives/objective.ts";
import { createObjective, objectives } from "../../src/pretraining/objectives/registry.ts";
import { unetBackbone } from "../../src/pretraining/backbone.ts";
import { Optimiser } from "../../src/pretraining/optimiser.ts";
import type { Pretrainer } from "../../src/pretraining/pretrainer.ts";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { globalNorm } from "../../src/engine/optimiser.ts";
import { Verdict } from "../../src/engine/steps/verdict.ts";
import { UNet } from "../../src/model/unet.ts";
import { computeOn, NETWORK, runRound, smallPretrainer, syntheticCase, viewBatch } from "./_fixtures.ts";
import { smallConfigOf, smallObjective } from "./_objectives.ts";

/** What is averaged beside the backbone and its momentum twin, and how many values a vector of it has. */
const HEADS: Record<string, Record<string, number[]>> = {
  "head": { "hidden/weights": [8, 8], "norm/gamma": [8], "norm/beta": [8], "output/weights": [8, 8] },
  "finer": { "hidden/weights": [4, 8], "norm/gamma": [8], "norm/beta": [8], "output/weights": [8, 8] },
  "pooled": { "hidden/weights": [16, 8], "norm/gamma": [8], "norm/beta": [8], "output/weights": [8, 8] },
  "rotation": { "hidden/weights": [64, 8], "norm/gamma": [8], "norm/beta": [8], "output/weights": [8, 10] },
};
const named = (prefix: string, head: string) =>
  Object.fromEntries(Object.entries(HEADS[head]).map(([name, shape]) => [`${prefix}/${name}`, shape]));

/** The layout beside the backbone's variables. */
const LAYOUTS: Record<string, { online: Record<string, number[]>; momentum?: Record<string, number[]> }> = {
  ...Object.fromEntries(["fcl", "fcl-3d", "local"].map((name) => [name, twins(named("head0", "head"))])),
  ...Object.fromEntries(["fcl-paper", "fcl-masked", "moco"].map((name) => [name, twins(named("head0", "pooled"))])),
  "fcl-reconstruction": joined({ "reconstruction/filter": [1, 1, 1, 2, 1], "reconstruction/bias": [1] }),
  "fcl-volume-fusion": joined({ "fusion/filter": [1, 1, 1, 2, 5], "fusion/bias": [5] }),
  simclr: { online: named("head0", "pooled") },
  voxel: { online: named("head0", "head") },
  vicreg: { online: named("head0", "pooled") },
  byol: {
    online: { ...named("head0", "pooled"), ...named("predictor", "head") },
    momentum: named("head0", "pooled"),
  },
  rotation: { online: named("rotation", "rotation") },
  reconstruction: { online: { "reconstruction/filter": [1, 1, 1, 2, 1], "reconstruction/bias": [1] } },
  "volume-fusion": { online: { "fusion/filter": [1, 1, 1, 2, 5], "fusion/bias": [5] } },
};

function twins(head: Record<string, number[]>) {
  return { online: head, momentum: head };
}

function joined(pretext: Record<string, number[]>) {
  const momentum = { ...named("head0", "head"), ...named("head1", "finer") };
  return { online: { ...momentum, ...pretext }, momentum };
}

/** As many steps as fill the small queues. */
const FILLING = 6;

const cases = [syntheticCase(1), syntheticCase(2), syntheticCase(3)];

/** An objective whose queue, if it has one, is full, and the state of that queue. */
async function filled(objective: Objective, batchOf: (seed: number) => ViewBatch) {
  for (let step = 0; step < FILLING; step++) {
    const { finish } = objective.step(batchOf(10 + step), { rng: new Rng(step), step: 0 });
    await finish({ moves: false });
  }
  return objective.save();
}

async function lossOf(objective: Objective, batch: ViewBatch): Promise<number> {
  const { loss, finish } = objective.step(batch, { rng: new Rng(3), step: 0 });
  await finish({ moves: false });
  return loss.dataSync()[0];
}

async function trained(pretrainer: Pretrainer, rounds = [1]): Promise<unknown> {
  const results = [];
  for (const round of rounds) results.push(await runRound(pretrainer, { round, steps: 3 }));
  return { results, weights: await pretrainer.weights(), state: await pretrainer.state() };
}

Deno.test("the layout of every objective is known", () => {
  assertEquals(Object.keys(LAYOUTS).sort(), objectives.names.toSorted());
});

for (const { name, reads } of objectives) {
  const exchanges = reads.includes("release");

  Deno.test(`${name}: the loss of a batch falls when it is trained on`, async () => {
    await computeOn("wasm");
    const config = smallConfigOf(name, { learningRate: 0.005, warmUpSteps: 0 });
    const objective = await smallObjective(config);
    const optimiser = new Optimiser(objective.variables, config);
    const queue = await filled(objective, (seed) => viewBatch(cases, config, seed));
    const batch = viewBatch(cases, config, 2);
    const losses: number[] = [];
    for (let step = 0; step < 12; step++) {
      objective.load(queue); // the same negatives each time
      const { loss, gradients, finish } = objective.step(batch, { rng: new Rng(3), step: 50 });
      losses.push(loss.dataSync()[0]);
      optimiser.apply(
        gradients,
        new Verdict({ step: { loss: 0, norm: await globalNorm(gradients) } }, config.clipNorm),
      );
      await finish({ moves: true });
    }
    assertEquals(losses[11] < 0.95 * losses[0], true, losses.join(", "));
    objective.dispose();
  });

  Deno.test(`${name}: slices are trained on as volumes are, without a reduction across them`, async () => {
    const slices = cases.map(({ image, ...one }) => ({
      ...one,
      shape: [1, 12, 12] as const,
      image: image.slice(0, 144),
    }));
    const network = { ...NETWORK, pool: [[1, 2, 2], [1, 2, 2]] as const };
    const losses: number[] = [];
    for (const engine of ["cpu", "wasm"] as const) {
      await computeOn(engine);
      const config = smallConfigOf(name, { patch: [1, 8, 8] });
      const createBackbone = unetBackbone(network, config);
      const objective = await createObjective({ config, createBackbone, modelRng: new Rng(1) });
      await filled(objective, (seed) => viewBatch(slices, config, seed));
      const { loss, gradients, finish } = objective.step(viewBatch(slices, config, 2), { rng: new Rng(3), step: 0 });
      await finish({ moves: false });
      losses.push(loss.dataSync()[0]);
      assertEquals(await globalNorm(gradients) > 0, true);
      objective.dispose();
    }
    assertAlmostEquals(losses[0], losses[1], 1e-4); // also not a number fails
  });

  Deno.test(`${name}: images of two channels are learnt from by both of them`, async () => {
    const twoChannels = cases.map((one, index) => ({
      ...one,
      channels: 2,
      image: Float32Array.from([...one.image, ...syntheticCase(10 + index).image.map((value) => value * value)]),
    }));
    await computeOn("wasm");
    const config = smallConfigOf(name);
    const createBackbone = unetBackbone({ ...NETWORK, channels: 2 }, config);
    const objective = await createObjective({ config, createBackbone, modelRng: new Rng(1) });
    await filled(objective, (seed) => viewBatch(twoChannels, config, seed));
    const { loss, gradients, finish } = objective.step(viewBatch(twoChannels, config, 2), { rng: new Rng(3), step: 0 });
    await finish({ moves: false });
    assertEquals(Number.isFinite(loss.dataSync()[0]), true);
    const [, first] = [...gradients].find(([name]) => name.endsWith("encoder/level0/block0/filter"))!;
    assertEquals(first.shape, [3, 3, 3, 2, 2]);
    assertEquals(Array.from(first.abs().sum([0, 1, 2, 4]).dataSync(), (sum) => sum > 0), [true, true]);
    objective.dispose();
  });

  Deno.test(`${name}: the gradient agrees with the loss along its own direction, and own kernels with the reference`, async () => {
    const results = [];
    const config = smallConfigOf(name);
    let queue: Awaited<ReturnType<typeof filled>> | undefined;
    for (const engine of ["wasm", "cpu"] as const) {
      await computeOn(engine);
      const objective = await smallObjective(config);
      queue ??= await filled(objective, (seed) => viewBatch(cases, config, seed)); // by the engine that is fast
      const full = queue;
      objective.load(full);
      const batch = viewBatch(cases, config, 2);
      const { loss, gradients, finish } = objective.step(batch, { rng: new Rng(3), step: 0 });
      await finish({ moves: false });
      const norm = await globalNorm(gradients);
      const values = new Map([...gradients].map(([name, gradient]) => [name, gradient.dataSync().slice()]));
      results.push({ loss: loss.dataSync()[0], values });
      if (engine === "wasm") {
        objective.dispose();
        continue;
      }
      const move = (offset: number) => {
        for (const [name, gradient] of gradients) {
          const variable = objective.variables.get(name)!;
          variable.assign(variable.add(gradient.mul(offset / norm)));
        }
        objective.load(full);
        return lossOf(objective, batch);
      };
      const delta = Math.min(3e-4, 2e-3 / norm); // small enough for the kinks of maximum and ReLU
      const up = await move(delta), down = await move(-2 * delta);
      assertAlmostEquals((up - down) / (2 * delta) / norm, 1, 0.04);
      objective.dispose();
    }
    const [own, reference] = results;
    assertAlmostEquals(own.loss, reference.loss, 1e-4);
    assertEquals([...own.values.keys()], [...reference.values.keys()]);
    for (const [name, expected] of reference.values) {
      const scale = Math.max(...expected.map(Math.abs));
      expected.forEach((value, i) => assertAlmostEquals(own.values.get(name)![i], value, 2e-3 * scale + 1e-5, name));
    }
  });

  Deno.test(`${name}: the same seed gives the same bits, and so does a run that goes on from its checkpoint`, async () => {
    const whole = await smallPretrainer(smallConfigOf(name), cases);
    const again = await smallPretrainer(smallConfigOf(name), cases, { ahead: 1 });
    const resumed = await smallPretrainer(smallConfigOf(name), cases);
    assertEquals(await trained(again), await trained(whole));
    resumed.setWeights(await whole.weights());
    resumed.setState(await whole.state());
    assertEquals(await trained(resumed, [2]), await trained(whole, [2]));
    for (const pretrainer of [whole, again, resumed]) await pretrainer.dispose();
  });

  Deno.test(`${name}: heads and momentum networks are averaged with the network, in one layout; all of it moves`, async () => {
    const config = smallConfigOf(name);
    const pretrainer = await smallPretrainer(config, cases), other = await smallPretrainer(config, [syntheticCase(7)]);
    const before = await pretrainer.weights();
    assertEquals(await other.weights(), before); // sites start alike
    const backbone = (await pretrainer.encoderWeights()).map(({ name, shape }) => [name, [...shape]] as const);
    const { online, momentum } = LAYOUTS[name];
    const twin = momentum ? [...backbone, ...Object.entries(momentum)] : [];
    assertEquals(
      before.map(({ name, shape }) => [name, [...shape]]),
      [...backbone, ...Object.entries(online), ...twin.map(([name, shape]) => [`momentum/${name}`, shape])] as unknown,
    );
    await trained(pretrainer);
    const after = await pretrainer.weights();
    for (const [index, { name, data, shape }] of after.entries()) {
      assertEquals([name, shape], [before[index].name, before[index].shape]);
      assertEquals(data.some((value, i) => value !== before[index].data[i]), true, name);
    }
    await pretrainer.dispose();
    await other.dispose();
  });

  Deno.test(`${name}: what it passes on are weights of the segmentation network`, async () => {
    const config = smallConfigOf(name);
    const pretrainer = await smallPretrainer(config, cases);
    const unet = new UNet(NETWORK, new Rng(1));
    const passed = await pretrainer.encoderWeights();
    for (const { name, shape } of passed) assertEquals(unet.variables.get(name)?.shape, [...shape], name);
    for (const name of unet.encoder.variables.keys()) assertEquals(passed.some((one) => one.name === name), true, name);
    unet.dispose();
    await pretrainer.dispose();
  });

  Deno.test(`${name}: a spoilt volume's steps are skipped and leave weights and state whole; too many end the round`, async () => {
    const spoilt = syntheticCase(2);
    spoilt.image.fill(NaN);
    const pretrainer = await smallPretrainer(smallConfigOf(name), [syntheticCase(1), cases[2], spoilt], {
      patience: 9,
    });
    const { skipped, meanLoss } = await runRound(pretrainer, { round: 1, steps: 5 });
    assertEquals(skipped > 0 && skipped < 5, true, `${skipped}`);
    assertEquals(Number.isFinite(meanLoss), true);
    for (const { name, data } of [...await pretrainer.weights(), ...await pretrainer.state()]) {
      assertEquals(data.every(Number.isFinite), true, name);
    }
    await pretrainer.dispose();
    const sick = await smallPretrainer(smallConfigOf(name), [spoilt], { patience: 2 });
    await assertRejects(() => runRound(sick, { round: 1, steps: 3 }), UserError, "the volume case 2 holds values");
    await sick.dispose();
  });

  Deno.test(`${name}: health is measured, and a representation that says nothing is called collapsed`, async () => {
    const pretrainer = await smallPretrainer(smallConfigOf(name), cases);
    const probes = [syntheticCase(8), syntheticCase(9)];
    const health = await pretrainer.health(probes);
    assertEquals(await pretrainer.health(probes), health);
    assertEquals(Object.values(health).every((value) => typeof value === "boolean" || Number.isFinite(value)), true);
    assertEquals(health.collapsed, false);
    const silent = (await pretrainer.weights()).map((vector) => ({
      ...vector,
      data: /\/gamma$/.test(vector.name) ? vector.data.map(() => 0) : vector.data,
    }));
    pretrainer.setWeights(silent);
    assertEquals((await pretrainer.health(probes)).collapsed, true);
    await pretrainer.dispose();
  });

  Deno.test(`${name}: ${exchanges ? "features are released and taken" : "no feature is released, none is taken"}`, async () => {
    await computeOn("wasm");
    const config = smallConfigOf(name);
    const objective = await smallObjective(config);
    const queue = await filled(objective, (seed) => viewBatch(cases, config, seed));
    assertEquals(objective.release(config.release, new Rng(1)).partitions.length, exchanges ? 8 : 0);
    const batch = viewBatch(cases, config, 2);
    const loss = () => {
      objective.load(queue); // the site's own part is the same
      return lossOf(objective, batch);
    };
    const alone = await loss();
    objective.admit({ peer: "quiet", round: 1, features: new Float32Array(0), partitions: new Int32Array(0) }, 1);
    const features = new Float32Array(16).map((_, i) => i % 8 === 0 ? 1 : 0); // two rows
    const admit = () => objective.admit({ peer: "other", round: 1, features, partitions: new Int32Array(2) }, 1);
    if (exchanges) admit();
    else {assertThrows(
        admit,
        RangeError,
        "features of other: this objective exchanges none, so there must be no row, got 2",
      );}
    assertEquals(await loss() !== alone, exchanges);
    objective.dispose();
  });

  Deno.test(`${name}: the tensor count is constant, and disposing frees every tensor`, async () => {
    await computeOn("wasm");
    const before = tf.memory().numTensors;
    const pretrainer = await smallPretrainer(smallConfigOf(name), cases);
    const counts = new Set<number>();
    for (const round of [1, 2, 3]) {
      await runRound(pretrainer, { round, steps: 2 }, () => round > 1 && counts.add(tf.memory().numTensors));
      pretrainer.setState(await pretrainer.state());
    }
    assertEquals(counts.size, 1, `${[...counts]}`);
    await pretrainer.dispose();
    assertEquals(tf.memory().numTensors, before);
  });
}
