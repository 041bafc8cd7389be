import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { openLoader } from "../../src/data/loading/loader.ts";
import { shareCase } from "../../src/data/loading/share.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import { DEFAULT_AUGMENTATION } from "../../src/data/augmentation/sets/default.ts";
import { batchesFrom } from "../../src/segmentation/batches.ts";
import { fineTune, type FineTuneOptions } from "../../src/segmentation/fine_tune.ts";
import { predictProbabilities } from "../../src/segmentation/inference.ts";
import { measureClasses } from "../../src/segmentation/metrics/measure.ts";
import { stepBatchesFrom } from "../../src/segmentation/step_batches.ts";
import { schedules } from "../../src/segmentation/schedule.ts";
import { ballCase } from "./_balls.ts";

const config = parseUNetConfig({ classes: 3, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });

function options(unet: UNet, changes: Partial<FineTuneOptions> = {}): FineTuneOptions {
  return { unet, cases: [ballCase("a")], steps: 3, patch: [8, 8, 8], rng: new Rng(3), ...changes };
}

async function lossesOf(settings: FineTuneOptions): Promise<number[]> {
  const losses = [];
  for await (const { loss } of fineTune(settings)) losses.push(loss);
  return losses;
}

const byHeart = { batch: 1, patch: [12, 12, 12], learningRate: 0.03, schedule: "constant", augmentation: {} } as const;

Deno.test("a U-Net learns one case by heart, and segments it whole (wasm)", async () => {
  await startEngine({ engine: "wasm" });
  const unet = new UNet(config, new Rng(1)), ball = ballCase("a");
  const losses = await lossesOf(options(unet, { ...byHeart, cases: [ball], steps: 60 }));
  assertEquals(losses.length, 60);
  assert(losses[0] > 1 && losses.at(-1)! < 0.2, `${losses[0]} to ${losses.at(-1)}`);
  const probabilities = await predictProbabilities(unet, ball, { patch: byHeart.patch });
  const prediction = ball.label!.map((_, voxel) => {
    const scores = probabilities.subarray(3 * voxel, 3 * voxel + 3);
    return scores.indexOf(Math.max(...scores));
  });
  const measures = measureClasses(prediction, ball.label!, { labels: [1, 2], dims: [12, 12, 12], spacing: null });
  for (const { dice } of measures.values()) assert(dice! > 0.95, `${dice}`);
  unet.dispose();
});

Deno.test("training takes the same course on every engine", async () => {
  const courses = [];
  for (const engine of ["cpu", "wasm"] as const) {
    await startEngine({ engine });
    const unet = new UNet(config, new Rng(1));
    courses.push(await lossesOf(options(unet, { ...byHeart, patch: [8, 8, 8], steps: 6 })));
    unet.dispose();
  }
  const [cpu, wasm] = courses;
  assert(cpu.at(-1)! < 0.9 * cpu[0], `${cpu}`);
  cpu.forEach((loss, step) => assertAlmostEquals(wasm[step], loss, 1e-3));
});

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`the tensor count is constant from step to step, and back at the start at the end (${engine})`, async () => {
    await startEngine({ engine });
    const unet = new UNet(config, new Rng(1)), before = tf.memory().numTensors;
    for (const warmUpSteps of [0, 2]) {
      const counts = [], bytes = [];
      for await (const { step } of fineTune(options(unet, { steps: 6, warmUpSteps }))) {
        if (step <= warmUpSteps) continue; // the encoder's moments come with its first step
        counts.push(tf.memory().numTensors);
        bytes.push(tf.memory().numBytes);
      }
      assertEquals(new Set(counts).size, 1, `${counts}`);
      assertEquals(new Set(bytes).size, 1, `${bytes}`);
      assertEquals(tf.memory().numTensors, before);
    }
    unet.dispose();
    assertEquals(tf.memory().numTensors, before - unet.variables.size);
  });
}

Deno.test("the same seed trains the same way, another one differently", async () => {
  await startEngine({ engine: "cpu" });
  const run = async (seed: number) => {
    const unet = new UNet(config, new Rng(1));
    const losses = await lossesOf(options(unet, { rng: new Rng(seed), cases: [ballCase("a"), ballCase("b", 2)] }));
    unet.dispose();
    return losses;
  };
  assertEquals(await run(3), await run(3));
  assertNotEquals(await run(3), await run(4));
});

Deno.test("the encoder stays during the warm-up, and throughout at rate 0", async () => {
  await startEngine({ engine: "cpu" });
  for (const changes of [{ warmUpSteps: 2 }, { encoderRate: 0 }]) {
    const unet = new UNet(config, new Rng(1));
    const encoder = await readWeights(unet.encoder.variables), decoder = await readWeights(unet.decoderVariables);
    const run = fineTune(options(unet, changes));
    for (let step = 0; step < 2; step++) await run.next();
    assertEquals(await readWeights(unet.encoder.variables), encoder);
    assertNotEquals(await readWeights(unet.decoderVariables), decoder);
    await run.next();
    const moved = (await readWeights(unet.encoder.variables))[0].data.some((value, i) => value !== encoder[0].data[i]);
    assertEquals(moved, "warmUpSteps" in changes);
    await run.return();
    unet.dispose();
  }
});

Deno.test("Adam's first step moves every weight by the rate, the encoder by its share", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1)), before = await readWeights(unet.variables);
  await lossesOf(options(unet, { steps: 1, learningRate: 1e-3, encoderRate: 0.25, schedule: "constant" }));
  const after = await readWeights(unet.variables);
  for (
    const [rate, name] of [[1e-3, "decoder/level0/block0/filter"], [0.25e-3, "encoder/level1/block1/filter"]] as const
  ) {
    const index = before.findIndex((vector) => vector.name === name);
    const moves = before[index].data.map((value, i) => Math.abs(after[index].data[i] - value) / rate);
    moves.sort();
    assert(Math.abs(moves[moves.length >> 1] - 1) < 0.01, `${name}: ${moves[moves.length >> 1]}`);
    assert(moves.at(-1)! < 1.01);
  }
  unet.dispose();
});

Deno.test("steps without a finite loss are skipped and leave the weights, five in a row end the training", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1)),
    before = await readWeights(unet.variables),
    tensors = tf.memory().numTensors;
  const spoilt = { ...ballCase("spoilt"), image: new Float32Array(12 ** 3).fill(NaN) };
  const seen: number[] = [];
  const error = await assertRejects(async () => {
    for await (const { loss, skipped } of fineTune(options(unet, { cases: [spoilt], steps: 9 }))) {
      assert(Number.isNaN(loss));
      seen.push(skipped);
    }
  }, UserError);
  assertEquals(seen, [1, 2, 3, 4]);
  assert(error.message.includes("spoilt"), error.message);
  assertEquals(await readWeights(unet.variables), before);
  assertEquals(tf.memory().numTensors, tensors);
  // weights that are not finite are told apart from images that are not
  const variable = [...unet.variables.values()][0];
  tf.tidy(() => variable.assign(tf.fill(variable.shape, NaN)));
  await assertRejects(() => lossesOf(options(unet, { steps: 9 })), UserError, "those that were loaded");
  unet.dispose();
});

Deno.test("patience decides how many skipped steps end the training", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1));
  const spoilt = { ...ballCase("spoilt"), image: new Float32Array(12 ** 3).fill(NaN) };
  let seen = 0;
  await assertRejects(
    async () => {
      for await (const { skipped } of fineTune(options(unet, { cases: [spoilt], steps: 9, patience: 3 }))) {
        seen = skipped;
      }
    },
    UserError,
    "fine-tuning: 3 steps in a row gave no finite loss and gradients; the volume spoilt holds values",
  );
  assertEquals(seen, 2);
  unet.dispose();
});

Deno.test("batches of the Worker are those of this thread", async () => {
  const augmentation = DEFAULT_AUGMENTATION;
  const cases = [ballCase("a"), ballCase("b", 2)].map(shareCase);
  const input = { cases, batch: 3, patch: [8, 8, 8] as const, foregroundProbability: 0.5, augmentation };
  const worker = new URL("../../src/segmentation/_batch_worker.ts", import.meta.url);
  const unlabelled = { cases, batch: 2, patch: [8, 8, 8] as const, strong: { intensity: { noise: 1 } } };
  const whole = { labelled: input, unlabelled };
  const loader = openLoader({ input: whole, prepareFrom: stepBatchesFrom, worker, ahead: 2 });
  await loader.started();
  const planned = [{ base: { kind: "unlabelled", index: 1 } }] as const;
  const requests = [{ seed: 5 }, { seed: 6, planned }];
  const batches = await Array.fromAsync(loader.batches(requests));
  assertEquals(batches, requests.map(stepBatchesFrom(whole)));
  assertEquals(batches.map(({ labelled }) => labelled), requests.map(batchesFrom(input)));
  assertEquals(batches[1].unlabelled!.planned, planned);
  await loader.stop();
});

Deno.test("a batch has the shares of classes where they are wished, those of labels for a case that has none", () => {
  const a = ballCase("a"), voxels = 12 ** 3;
  const shares = new Uint8Array(3 * voxels);
  for (let i = 0; i < voxels; i++) [shares[i], shares[voxels + i], shares[2 * voxels + i]] = [51, 204, 0];
  const cases = [{ ...a, occupancy: { shares, classes: 3 } }, ballCase("b", 2)];
  const input = { cases, batch: 2, patch: [4, 4, 4] as const, foregroundProbability: 1, augmentation: {} };
  assertEquals(batchesFrom(input)({ seed: 1 }).shares, undefined);
  assertEquals(batchesFrom({ ...input, cases: [cases[1]], softLabels: true })({ seed: 1 }).shares, undefined);
  const { shares: drawn, label, ids, image } = batchesFrom({ ...input, softLabels: true })({ seed: 1 });
  assertEquals(image, batchesFrom(input)({ seed: 1 }).image);
  drawn!.forEach((share, i) => {
    const isSoft = ids[Math.floor(i / 192)] === "a";
    assertAlmostEquals(share, isSoft ? [0.2, 0.8, 0][i % 3] : label[Math.floor(i / 3)] === i % 3 ? 1 : 0, 1e-6);
  });
});

Deno.test("cases of a class that few hold are drawn oftener, where it is wished", () => {
  const plain = { ...ballCase("plain"), label: ballCase("plain").label!.map((value) => value === 2 ? 1 : value) };
  const cases = [plain, ballCase("a", 2), { ...plain, id: "b" }, { ...plain, id: "c" }]; // class 2 in one of four
  const input = { cases, batch: 2, patch: [2, 2, 2] as const, foregroundProbability: 0, augmentation: {} };
  const share = (oversampling?: number) => {
    const draw = batchesFrom({ ...input, oversampling });
    const ids = Array.from({ length: 300 }, (_, seed) => draw({ seed }).ids).flat();
    return ids.filter((id) => id === "a").length / ids.length;
  };
  assertAlmostEquals(share(), 1 / 4, 0.03);
  assertAlmostEquals(share(0.5), 2 / 5, 0.03);
  assertAlmostEquals(share(1), 4 / 7, 0.03);
});

Deno.test("training with batches that are prepared ahead takes the same course", async () => {
  await startEngine({ engine: "cpu" });
  const cases = [ballCase("a"), ballCase("b", 2), ballCase("c", 3)], results = [];
  for (const ahead of [0, 2]) {
    const unet = new UNet(config, new Rng(1));
    const losses = await lossesOf(options(unet, { cases, ahead, steps: 4 }));
    results.push({ losses, weights: await readWeights(unet.variables) });
    unet.dispose();
  }
  assertEquals(results[1], results[0]);
});

Deno.test("one bad step is survived", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1)), good = ballCase("good");
  const spoilt = { ...ballCase("bad"), image: new Float32Array(12 ** 3).fill(NaN) };
  const seen = [];
  for await (const progress of fineTune(options(unet, { cases: [good, spoilt], batch: 1, steps: 10 }))) {
    seen.push(progress);
  }
  const skipped = seen.filter(({ loss }) => Number.isNaN(loss)).length;
  assert(skipped > 0 && skipped < 10);
  assertEquals(seen.at(-1)!.skipped, skipped);
  unet.dispose();
});

Deno.test("what cannot be trained with is refused by name", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1)), ball = ballCase("ball");
  const refuse = (changes: Partial<FineTuneOptions>, words: string) =>
    assertRejects(() => lossesOf(options(unet, changes)), UserError, words);
  await refuse({ cases: [] }, "at least one labelled case");
  await refuse({ cases: [{ ...ball, label: undefined }] }, "must have labels (ball)");
  await refuse({ cases: [{ ...ball, label: new Uint8Array(12 ** 3).fill(3) }] }, "below the network's 3 classes");
  await refuse({ patch: [8, 7, 8] }, "[2, 2, 2]");
  const stopped = AbortSignal.abort(new Error("stopped"));
  await assertRejects(() => lossesOf(options(unet, { signal: stopped })), Error, "stopped");
  unet.dispose();
});

Deno.test("every schedule starts at 1 and never rises", () => {
  for (const factor of Object.values(schedules)) {
    const factors = Array.from({ length: 100 }, (_, step) => factor(step / 100));
    assertEquals(factors[0], 1);
    factors.slice(1).forEach((value, i) => assert(value <= factors[i] && value > 0));
  }
});
