/** What holds for every way to learn from unlabelled volumes, those of extensions included. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../src/core/rng.ts";
import type { NamedVector } from "../../../src/core/vectors.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import { parseUNetConfig } from "../../../src/model/config.ts";
import { UNet } from "../../../src/model/unet.ts";
import { type FineTuneProgress, FineTuner } from "../../../src/segmentation/fine_tuner.ts";
import type { FineTunerOptions } from "../../../src/segmentation/fine_tuner_options.ts";
import type { Teaching } from "../../../src/segmentation/unlabelled/teaching.ts";
import type { UnlabelledVariant } from "../../../src/segmentation/unlabelled/variant.ts";
import { unlabelledVariants } from "../../../src/segmentation/unlabelled/variants.ts";
import { ballCase } from "../_balls.ts";

const config = parseUNetConfig({ classes: 3, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });

const without = (id: string, seed: number) => ({ ...ballCase(id, seed), label: undefined });

/** A training of six steps with two unlabelled cases, whose teacher says all it thinks. */
function options(unet: UNet, changes: Partial<FineTunerOptions>): FineTunerOptions {
  return {
    ...{ unet, cases: [ballCase("a")], steps: 6, patch: [8, 8, 8], rng: new Rng(3), warmUpSteps: 1 },
    unlabelled: [without("b", 2), without("c", 3)],
    ...changes,
  };
}

const teachingBy = (variant: string, changes: Partial<Teaching> = {}): Teaching => ({
  ...{ variant, weight: 1, ramp: 0.3, threshold: 0, batch: 2, largest: false, ...changes },
});

/** Runs `body` with a new network and its tuner, and frees both. */
async function withTuner<T>(changes: Partial<FineTunerOptions>, body: (tuner: FineTuner, unet: UNet) => Promise<T>) {
  await startEngine({ engine: "wasm" });
  const unet = new UNet(config, new Rng(1));
  const tuner = new FineTuner(options(unet, changes));
  try {
    return await body(tuner, unet);
  } finally {
    await tuner.dispose();
    unet.dispose();
  }
}

/** The steps of a round, without their time. */
async function train(tuner: FineTuner, steps: number): Promise<Omit<FineTuneProgress, "seconds">[]> {
  return (await Array.fromAsync(tuner.round({ steps }))).map(({ seconds: _, ...progress }) => progress);
}

/** The whole training, and what it came to. */
const trained = (changes: Partial<FineTunerOptions>) =>
  withTuner(changes, async (tuner) => ({ steps: await train(tuner, 6), weights: await tuner.weights() }));

const lossesOf = (steps: readonly { loss: number }[]) => steps.map(({ loss }) => loss);

/** As an extension's: its thread is not the one that prepares batches. */
const EXTENSION: UnlabelledVariant = {
  name: "one-of-an-extension",
  plan: ({ labelled }) => [{ base: labelled > 0 ? { kind: "labelled", index: 0 } : { kind: "unlabelled", index: 0 } }],
};

/** A test with the extension's variant, which other files must not meet. */
function contract(sentence: string, test: () => Promise<void>): void {
  Deno.test(sentence, async () => {
    const takeAway = unlabelledVariants.register(EXTENSION);
    try {
      await test();
    } finally {
      takeAway();
    }
  });
}

for (const variant of [...unlabelledVariants.names, EXTENSION.name]) {
  const teaching = teachingBy(variant);

  contract(`${variant}: the loss falls, and what the teacher says counts`, async () => {
    const changes = {
      steps: 30,
      learningRate: 0.03,
      schedule: "constant",
      patch: [12, 12, 12],
      augmentation: {},
    } as const;
    await withTuner({ ...changes, teaching: { ...teaching, ramp: 0 } }, async (tuner) => {
      const losses = lossesOf(await train(tuner, 30)), sum = (part: number[]) => part.reduce((a, b) => a + b);
      assert(sum(losses.slice(-5)) < 0.7 * sum(losses.slice(0, 5)), `${losses}`);
    });
    const taught = await trained({ teaching }), alone = await trained({ teaching: null });
    assertNotEquals(taught.weights, alone.weights);
    assert(taught.steps.every(({ sure }) => sure === 1));
  });

  contract(`${variant}: the same seed trains the same way, batches prepared ahead or not`, async () => {
    const once = await trained({ teaching });
    assertEquals(await trained({ teaching, ahead: 2 }), once);
    assertNotEquals((await trained({ teaching, rng: new Rng(4) })).weights, once.weights);
  });

  contract(`${variant}: the tensor count is constant from step to step, and back at the start at the end`, async () => {
    await startEngine({ engine: "wasm" });
    const unet = new UNet(config, new Rng(1)), { numTensors } = tf.memory(), counts = new Set<number>();
    const tuner = new FineTuner(options(unet, { teaching: { ...teaching, largest: true }, warmUpSteps: 0 }));
    for await (const _ of tuner.round({ steps: 6 })) counts.add(tf.memory().numTensors);
    assertEquals(counts.size, 1, `${[...counts]}`);
    await tuner.dispose();
    assertEquals(tf.memory().numTensors, numTensors);
    unet.dispose();
  });

  for (const averaged of [false, true]) {
    const when = averaged ? "between sites that average" : "alone";
    contract(`${variant}: a training that is resumed goes on as if it had not stopped, ${when}`, async () => {
      let kept: { weights: NamedVector[]; state: NamedVector[] };
      const adopt = async (tuner: FineTuner) => {
        if (!averaged) return;
        const others = (await tuner.weights()).map((vector) => ({ ...vector, data: vector.data.map((w) => w * 0.9) }));
        tuner.setWeights(others);
      };
      const end = async (tuner: FineTuner) => ({
        steps: await train(tuner, 2),
        weights: (await adopt(tuner), await tuner.weights()),
        state: await tuner.state(),
      });
      const expected = await withTuner({ teaching }, async (tuner) => {
        await train(tuner, 2);
        await adopt(tuner);
        await train(tuner, 2);
        await adopt(tuner);
        kept = { weights: await tuner.weights(), state: await tuner.state() };
        return await end(tuner);
      });
      await withTuner({ teaching, tested: "last" }, async (tuner) => {
        await train(tuner, 1); // of no account
        tuner.setWeights(kept.weights);
        tuner.setState(kept.state);
        assertEquals(await end(tuner), expected);
      });
    });
  }

  contract(`${variant}: a teacher who is not sure teaches nothing`, async () => {
    const alone = await trained({ teaching: null });
    for (const unsure of [teachingBy(variant, { threshold: 1 }), teachingBy(variant, { weight: 0 })]) {
      const taught = await trained({ teaching: unsure });
      assertEquals(lossesOf(taught.steps), lossesOf(alone.steps));
      assertEquals(taught.weights, alone.weights);
    }
    const unsure = await trained({ teaching: teachingBy(variant, { threshold: 1 }), cases: [] });
    assertEquals(unsure.steps.map(({ loss, sure, skipped }) => [loss, sure, skipped]), Array(6).fill([0, 0, 0]));
  });

  contract(`${variant}: without an unlabelled case the training is the supervised one`, async () => {
    const alone = await trained({ teaching: null });
    assertEquals(await trained({ teaching, unlabelled: [] }), alone);
    assertEquals(await trained({ teaching, unlabelled: undefined }), alone);
  });

  contract(`${variant}: without a labelled case the teacher alone is learnt from`, async () => {
    await withTuner({ teaching, cases: [] }, async (tuner) => {
      const before = await tuner.weights();
      const steps = await train(tuner, 6);
      assert(steps.every(({ loss, sure }) => loss > 0 && sure === 1));
      assertNotEquals(await tuner.weights(), before);
    });
  });
}
