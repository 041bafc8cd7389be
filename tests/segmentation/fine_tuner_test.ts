import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { IGNORED } from "../../src/data/labels/ignored.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import { fineTune } from "../../src/segmentation/fine_tune.ts";
import { FineTuner } from "../../src/segmentation/fine_tuner.ts";
import type { FineTunerOptions } from "../../src/segmentation/fine_tuner_options.ts";
import { ballCase } from "./_balls.ts";

const config = parseUNetConfig({ classes: 3, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });

/** A training of six steps; the encoder joins at the second. */
function options(unet: UNet, changes: Partial<FineTunerOptions> = {}): FineTunerOptions {
  const cases = [ballCase("a"), ballCase("b", 2)];
  return { unet, cases, steps: 6, patch: [8, 8, 8], rng: new Rng(3), warmUpSteps: 1, ...changes };
}

/** The losses of a round, by global step. */
async function trainRound(tuner: FineTuner, steps: number): Promise<[step: number, loss: number][]> {
  return (await Array.fromAsync(tuner.round({ steps }))).map(({ step, loss }) => [step, loss]);
}

/** Runs `body` with a new network and its tuner, and frees both. */
async function withTuner<T>(
  body: (tuner: FineTuner) => Promise<T>,
  changes: Partial<FineTunerOptions> = {},
  { seed = 1, deep = false } = {},
): Promise<T> {
  const network = deep ? { ...config, levels: 3, pool: [[2, 2, 2], [2, 2, 2]] as const } : config;
  const unet = new UNet(network, new Rng(seed), { deepSupervision: deep });
  const tuner = new FineTuner(options(unet, changes));
  try {
    return await body(tuner);
  } finally {
    await tuner.dispose();
    unet.dispose();
  }
}

for (const ahead of [0, 2]) {
  Deno.test(`a training in rounds takes the course of one without, batches prepared ahead: ${ahead}`, async () => {
    await startEngine({ engine: "cpu" });
    const unet = new UNet(config, new Rng(1));
    const whole = (await Array.fromAsync(fineTune(options(unet)))).map(({ step, loss }) => [step, loss]);
    const weights = await readWeights(unet.variables);
    unet.dispose();
    await withTuner(async (tuner) => {
      const losses = [];
      for (const steps of [2, 1, 3]) losses.push(...await trainRound(tuner, steps));
      assertEquals(losses, whole);
      assertEquals(await tuner.weights(), weights);
      assertEquals(tuner.step, 6);
    }, { ahead });
  });
}

Deno.test("a training learns nothing of voxels that nobody annotated, and goes on where a batch has no others", async () => {
  await startEngine({ engine: "cpu" });
  const unknown = { ...ballCase("a"), label: new Uint8Array(12 ** 3).fill(IGNORED) };
  await withTuner(async (tuner) => {
    const before = await tuner.weights();
    const told = await Array.fromAsync(tuner.round({ steps: 6 }));
    assertEquals(told.map(({ loss }) => loss), [0, 0, 0, 0, 0, 0]);
    assertEquals(told.at(-1)!.skipped, 0);
    assertEquals(await tuner.weights(), before);
  }, { cases: [unknown] });
});

/** What may be switched on, each with a course that the resumption at step four falls into. */
const RECIPES: Readonly<Record<string, Partial<FineTunerOptions>>> = {
  "as by default": {},
  "a pull to the start": {
    pull: { strength: 20, names: new Set(["encoder/level0/block0/filter", "decoder/logits/bias"]) },
  },
  "a rate for each level": { levelDecay: 0.5 },
  "deep supervision": { tested: "average" },
  "a warm-up of the rate": { rateWarmUp: 0.5, decoderFirst: 0.5, schedule: "cosine" },
};

for (const [recipe, changes] of Object.entries(RECIPES)) {
  Deno.test(`a training that is resumed after two rounds goes on as if it had not stopped (${recipe})`, async () => {
    await startEngine({ engine: "cpu" });
    const deep = recipe === "deep supervision";
    let weights: NamedVector[] = [], state: NamedVector[] = [];
    const expected = await withTuner(
      async (tuner) => {
        await trainRound(tuner, 2);
        await trainRound(tuner, 2);
        [weights, state] = [await tuner.weights(), await tuner.state()];
        return { losses: await trainRound(tuner, 2), weights: await tuner.weights(), state: await tuner.state() };
      },
      changes,
      { deep },
    );
    await withTuner(
      async (tuner) => {
        tuner.setWeights(weights);
        tuner.setState([...weights, ...state]); // the vectors of a checkpoint may lie in one file
        assertEquals(tuner.step, 4);
        const losses = await trainRound(tuner, 2);
        assertEquals({ losses, weights: await tuner.weights(), state: await tuner.state() }, expected);
      },
      changes,
      { deep, seed: changes.pull ? 1 : 2 }, // a pull is back to what every opening begins with
    );
  });
}

Deno.test("the decoder goes first, then the whole network, each with a rate that rises", async () => {
  await startEngine({ engine: "cpu" });
  const course = { steps: 12, decoderFirst: 0.25, rateWarmUp: 0.25, schedule: "constant", warmUpSteps: 0 } as const;
  await withTuner(async (tuner) => {
    const moved: Record<string, number>[] = [];
    let before = await tuner.weights();
    for await (const _ of tuner.round({ steps: 8 })) {
      const after = await tuner.weights();
      const largest = (part: string) =>
        Math.max(
          ...after.flatMap(({ name, data }, at) =>
            name.startsWith(part) ? [...data].map((value, i) => Math.abs(value - before[at].data[i])) : []
          ),
        );
      moved.push({ encoder: largest("encoder/"), decoder: largest("decoder/") });
      before = after;
    }
    assertEquals(moved.map(({ encoder }) => encoder > 0), [false, false, false, true, true, true, true, true]);
    // Adam's first step moves a weight by the rate: 1e-2, of which the first of three steps of warm-up takes a quarter
    assertAlmostEquals(moved[0].decoder, 1e-2 / 4, 1e-5);
    assertAlmostEquals(moved[3].encoder, 1e-2 / 4, 1e-5);
  }, course);
});

Deno.test("each finer level of the encoder moves by a share of the next coarser one's rate", async () => {
  await startEngine({ engine: "cpu" });
  await withTuner(async (tuner) => {
    const before = await tuner.weights();
    await trainRound(tuner, 1);
    for (const [at, { name, data }] of (await tuner.weights()).entries()) {
      if (!name.endsWith("block1/filter")) continue;
      const largest = Math.max(...data.map((value, i) => Math.abs(value - before[at].data[i])));
      const share = name.startsWith("encoder/level0/") ? 0.3 : 1;
      assertAlmostEquals(largest, share * 1e-2, 1e-5); // Adam's first step moves a weight by the rate
    }
  }, { levelDecay: 0.3, warmUpSteps: 0 });
});

Deno.test("a round that was cut short repeats itself from the weights and the state before it", async () => {
  await startEngine({ engine: "cpu" });
  await withTuner(async (tuner) => {
    await trainRound(tuner, 2);
    const weights = await tuner.weights(), state = await tuner.state();
    const stop = new AbortController();
    await assertRejects(
      async () => {
        for await (const _ of tuner.round({ steps: 3, signal: stop.signal })) stop.abort(new Error("stopped"));
      },
      Error,
      "stopped",
    );
    assertEquals(tuner.step, 3);
    const courses = [];
    for (let time = 0; time < 2; time++) {
      tuner.setWeights(weights);
      tuner.setState(state);
      courses.push(await trainRound(tuner, 3));
    }
    assertEquals(courses[1], courses[0]);
    assertEquals(courses[0].map(([step]) => step), [3, 4, 5]);
  });
});

Deno.test("one that skips steps goes on with the batches of those after them", async () => {
  await startEngine({ engine: "cpu" });
  const changes = { encoderRate: 0, learningRate: 1e-8 }; // so small that the weights stay nearly what they were
  const whole = await withTuner((tuner) => trainRound(tuner, 6), changes);
  await withTuner(async (tuner) => {
    tuner.skipTo(4);
    for (const [i, [step, loss]] of (await trainRound(tuner, 2)).entries()) {
      assertEquals(step, whole[4 + i][0]);
      assertAlmostEquals(loss, whole[4 + i][1], 1e-3);
    }
    assertThrows(() => tuner.skipTo(7), RangeError, "from 0 to 6, got 7");
  }, changes);
});

Deno.test("steps that were skipped are counted over all rounds, and kept in the state", async () => {
  await startEngine({ engine: "cpu" });
  const cases = [ballCase("good"), { ...ballCase("bad"), image: new Float32Array(12 ** 3).fill(NaN) }];
  const skippedOf = async (tuner: FineTuner) => (await Array.fromAsync(tuner.round({ steps: 6 }))).at(-1)!.skipped;
  const changes = { cases, batch: 1, steps: 12, patience: 12 };
  await withTuner(async (tuner) => {
    const first = await skippedOf(tuner), state = await tuner.state();
    const second = await skippedOf(tuner);
    assert(first > 0 && second > first, `${first}, ${second}`);
    tuner.setState(state);
    assertEquals(await skippedOf(tuner), second);
  }, changes);
});

Deno.test("the moving average may be what is tested; the course of the training is the same", async () => {
  await startEngine({ engine: "cpu" });
  const run = (changes: Partial<FineTunerOptions>) =>
    withTuner(async (tuner) => ({
      losses: await trainRound(tuner, 6),
      weights: await tuner.weights(),
      tested: await tuner.testedWeights(),
      own: await readWeights(tuner.tested.variables),
    }), changes);
  const last = await run({}), average = await run({ tested: "average" });
  assertEquals(last.tested, last.weights);
  assertEquals([average.losses, average.weights], [last.losses, last.weights]);
  assertNotEquals(average.tested, average.weights);
  assertEquals(average.own, average.tested);
  assertEquals((await run({ tested: "average", average: 0 })).tested, last.weights); // which forgets all but the last
  await withTuner(async (tuner) => {
    await trainRound(tuner, 1);
    tuner.setWeights(last.weights); // of others: the average follows them
    assertEquals(await tuner.testedWeights(), last.weights);
  }, { tested: "average" });
});

Deno.test("disposing gives back every tensor but the network's", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1)), before = tf.memory().numTensors;
  const tuner = new FineTuner(options(unet));
  await trainRound(tuner, 3);
  tuner.setState(await tuner.state());
  await tuner.dispose();
  assertEquals(tf.memory().numTensors, before);
  unet.dispose();
});

Deno.test("a round beyond the training's end and a state of something else are refused", async () => {
  await startEngine({ engine: "cpu" });
  await withTuner(async (tuner) => {
    await trainRound(tuner, 4);
    await assertRejects(() => trainRound(tuner, 3), RangeError, "must end with step 6 or before, got 4 + 3 steps");
    const state = await tuner.state();
    assertThrows(() => tuner.setState([]), RangeError, "two counts from 0 to 6");
    const beyond = state.map((vector) =>
      vector.name === "fine-tuning/steps" ? { ...vector, data: Float32Array.of(7, 0) } : vector
    );
    assertThrows(() => tuner.setState(beyond), RangeError, "got 7,0");
    assertThrows(() => tuner.setState(state.slice(0, 1)), RangeError, "adam/steps");
  });
});
