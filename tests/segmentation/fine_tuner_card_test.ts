/** A fine-tuning on a card, which judges its steps itself, takes the course that it takes elsewhere. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { countTraffic } from "../../scripts/profile/traffic.ts";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { FineTuner } from "../../src/segmentation/fine_tuner.ts";
import type { FineTunerOptions } from "../../src/segmentation/fine_tuner_options.ts";
import { ballCase } from "./_balls.ts";

const config = parseUNetConfig({ classes: 2, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
const spoilt = { ...ballCase("spoilt"), image: new Float32Array(12 ** 3).fill(NaN) };
const labels = (ball: ReturnType<typeof ballCase>) => ({
  ...ball,
  label: ball.label!.map((value) => Math.min(1, value)),
});

/** Why the engine cannot start here; undefined if it can. */
const missing = await startEngine({ engine: "webgpu", adapter: "software" }).then(() => undefined, (error) => {
  if (error instanceof UserError && error.cause === undefined) return messageOf(error);
  throw error;
});

function cardTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${missing ? ` (skipped: ${missing})` : ""}`, ignore: missing !== undefined, fn });
}

/** Without its label. */
function unlabelledBall(id: string) {
  const { label: _label, ...ball } = ballCase(id);
  return ball;
}

async function withTuner<T>(body: (tuner: FineTuner) => Promise<T>, changes: Partial<FineTunerOptions>): Promise<T> {
  const unet = new UNet(config, new Rng(1));
  const tuner = new FineTuner({
    ...{ unet, cases: [labels(ballCase("a"))], steps: 8, patch: [8, 8, 8], rng: new Rng(3), batch: 1 },
    ...changes,
  });
  try {
    return await body(tuner);
  } finally {
    await tuner.dispose();
    unet.dispose();
  }
}

/** What a training comes to whose encoder joins late, whose second half follows a reading of the state. */
async function course(): Promise<{ losses: number[]; skipped: number; weights: NamedVector[]; state: NamedVector[] }> {
  const pull = { strength: 5, names: new Set(["encoder/level0/block0/filter"]) };
  const cases = [labels(ballCase("a")), labels(spoilt)];
  return await withTuner(async (tuner) => {
    const losses: number[] = [];
    let skipped = 0;
    for await (const progress of tuner.round({ steps: 8 })) {
      losses.push(...progress.losses);
      skipped = progress.skipped;
      if (progress.step === 5) losses.push(...await tuner.settle());
    }
    return { losses, skipped, weights: await tuner.testedWeights(), state: await tuner.state() };
  }, { cases, pull, warmUpSteps: 2, tested: "average" });
}

cardTest("a training on a card skips the steps that are skipped elsewhere, and comes to the same", async () => {
  await startEngine({ engine: "cpu" });
  const expected = await course();
  await startEngine({ engine: "webgpu", adapter: "software" });
  const actual = await course();
  assert(expected.skipped > 0 && expected.skipped < 8, `${expected.losses}`);
  assertEquals(actual.losses.map(Number.isNaN), expected.losses.map(Number.isNaN));
  assertEquals([actual.skipped, actual.losses.length], [expected.skipped, 8]);
  expected.losses.forEach((loss, step) => !Number.isNaN(loss) && assertAlmostEquals(actual.losses[step], loss, 2e-3));
  assertEquals(actual.state.map(({ name }) => name), expected.state.map(({ name }) => name));
  expected.state.forEach(({ name, data }, index) => {
    if (data.length > 2) return;
    data.forEach((value, i) => assertAlmostEquals(actual.state[index].data[i], value, 1e-2, name));
  });
  for (const [index, { name, data }] of expected.weights.entries()) {
    data.forEach((value, i) => assertAlmostEquals(actual.weights[index].data[i], value, 2e-2, name));
  }
});

cardTest("five steps in a row that are not finite end a training on a card with a diagnosis", async () => {
  await startEngine({ engine: "webgpu", adapter: "software" });
  await withTuner(async (tuner) => {
    const before = await tuner.weights();
    await assertRejects(
      () => Array.fromAsync(tuner.round({ steps: 8 })),
      UserError,
      "5 steps in a row gave no finite loss and gradients; the volume spoilt holds values",
    );
    assertEquals(await tuner.weights(), before);
  }, { cases: [labels(spoilt)] });
});

/** What a training comes to that learns from unlabelled cases, too, by exchanged boxes. */
async function taughtCourse(): Promise<{ losses: number[]; weights: NamedVector[] }> {
  const unlabelled = [unlabelledBall("b"), unlabelledBall("c")];
  const teaching = { variant: "copy-paste", weight: 1, ramp: 0, threshold: 0.7, batch: 2, largest: true };
  return await withTuner(async (tuner) => {
    const losses: number[] = [];
    for await (const progress of tuner.round({ steps: 4 })) losses.push(...progress.losses);
    return { losses, weights: await tuner.testedWeights() };
  }, { unlabelled, teaching, steps: 4 });
}

cardTest("learning from unlabelled cases waits for no teacher on a card, and comes to the same", async () => {
  await startEngine({ engine: "cpu" });
  const expected = await taughtCourse();
  await startEngine({ engine: "webgpu", adapter: "software" });
  const { numTensors } = tf.memory();
  let actual: typeof expected | undefined;
  const { readbacks } = await countTraffic(async () => void (actual = await taughtCourse()));
  assertEquals(tf.memory().numTensors, numTensors);
  const read = actual!.weights.length; // at the end, each by itself
  assert(readbacks <= 4 + read, `${readbacks - read} readings in 4 steps, of whose losses one is known a reading`);
  expected.losses.forEach((loss, step) => assertAlmostEquals(actual!.losses[step], loss, 5e-3));
  for (const [index, { name, data }] of expected.weights.entries()) {
    data.forEach((value, i) => assertAlmostEquals(actual!.weights[index].data[i], value, 2e-2, name));
  }
});
