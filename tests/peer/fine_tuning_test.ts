/** Fine-tuning in rounds as the Worker does it; between them the test stands for the others. */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { sha256Hex } from "../../src/core/digest.ts";
import { wasmEngine } from "../../src/engine/engines/wasm.ts";
import { UserError } from "../../src/core/errors.ts";
import { stepsBefore } from "../../src/peer/_fine_tuning.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import type { Method } from "../../src/peer/events.ts";
import { Trainer } from "../../src/peer/trainer.ts";
import { makeSite, withDirectory } from "./_site.ts";
import { losingEngine } from "../../scripts/hardships/fixtures/losing_engine.ts";

const FEDERATED = { fineTune: { mode: "federated", rounds: 3, steps: 5 }, engine: { name: "wasm", threads: 1 } };
/** All that may be switched on, on a network that has coarser levels to supervise. */
const RECIPE = {
  ...FEDERATED,
  fineTune: {
    ...FEDERATED.fineTune,
    ...{ schedule: "cosine", rateWarmUp: 0.2, decoderFirst: 0.4, levelDecay: 0.5, pull: 10, deepSupervision: true },
  },
  network: { baseFilters: 2, levels: 3, patch: [8, 8, 8], pool: [[2, 2, 2], [2, 2, 2]] },
};
/** With a moving average of the network, which labels the training case that is not labelled, and is tested. */
const TAUGHT = {
  ...FEDERATED,
  fineTune: { ...FEDERATED.fineTune, unlabelled: { threshold: 0, ramp: 0 }, tested: "average" },
};

const METHODS: readonly Method[] = ["pretrained", "scratch"];

const ignore = () => {};
const losing = losingEngine();
// its backend is one that other tests compute with
Deno.test.afterEach(() => losing.loseAfter(Infinity));

/** A trainer that has pre-trained to the end of `rounds`. */
async function pretrained(configuration: PeerConfiguration, rounds = 1): Promise<Trainer> {
  const trainer = new Trainer({ among: [wasmEngine] });
  const { round: done } = await trainer.open(configuration, ignore);
  for (let round = done + 1; round <= rounds; round++) {
    const { vector } = await trainer.round(round, [], ignore);
    await trainer.adopt(round, { vector });
  }
  return trainer;
}

/** Fine-tunes from `first` to `last`; what comes of a round goes through `average`. */
async function fineTune(
  trainer: Trainer,
  first: number,
  last: number,
  average = (vector: Float32Array) => vector,
): Promise<Float32Array> {
  let vector = new Float32Array();
  for (let round = first; round <= last; round++) {
    vector = average((await trainer.fineTune(round, ignore)).vector.slice()) as Float32Array<ArrayBuffer>;
    assertEquals(await trainer.adoptFineTuned(round, { vector }), []);
  }
  return vector;
}

Deno.test("steps are dealt into rounds as evenly as they can be", () => {
  for (const [steps, rounds] of [[5, 3], [10, 10], [150, 10], [7, 1], [1000, 7]]) {
    const dealt = Array.from({ length: rounds }, (_, i) => {
      return stepsBefore(i + 2, { steps, rounds }) - stepsBefore(i + 1, { steps, rounds });
    });
    assertEquals(dealt.reduce((sum, count) => sum + count, 0), steps);
    assert(Math.max(...dealt) - Math.min(...dealt) <= 1, `${dealt}`);
  }
});

Deno.test("rounds between which nothing comes in are fine-tuning at one go", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, FEDERATED);
    const trainer = await pretrained(configuration);
    const digests = new Set<string>();
    for (const method of METHODS) {
      const expected = await trainer.segment(method, ignore, ignore);
      const opened = await trainer.openFineTuning(method);
      digests.add(opened.layoutDigest);
      assertEquals([opened.round, opened.warnings], [0, []]);
      await fineTune(trainer, 1, 3);
      assertEquals(await trainer.segment(method, ignore, ignore), expected);
    }
    assertEquals(digests.size, 2); // networks of two methods never mix
  }));

Deno.test("what is adopted is what the next round begins with, and what is tested", () =>
  withDirectory(async (directory) => {
    const trainer = await pretrained(await makeSite(directory, FEDERATED));
    await trainer.openFineTuning("scratch");
    const nothing = (vector: Float32Array) => vector.map(() => 0);
    await fineTune(trainer, 1, 1, nothing);
    const { vector } = await trainer.fineTune(2, ignore);
    assert(vector.every((value) => Math.abs(value) < 0.1)); // two steps away from 0 at most
    await fineTune(trainer, 3, 3, nothing);
    const { dice } = await trainer.segment("scratch", ignore, ignore);
    for (const { perClass } of dice) assert(Object.values(perClass).every((score) => score === 0)); // all background
  }));

for (
  const [recipe, changes] of [["as by default", FEDERATED], ["by another recipe", RECIPE], ["taught", TAUGHT]] as const
) {
  Deno.test(`a fine-tuning that goes on from its checkpoint trains as one that was not interrupted (${recipe})`, () =>
    withDirectory(async (directory) => {
      const configuration = await makeSite(directory, changes);
      const average = (vector: Float32Array) => vector.map((value) => 0.9 * value);
      const trainer = await pretrained(configuration);
      await trainer.openFineTuning("pretrained");
      await fineTune(trainer, 1, 2, average);
      const again = await pretrained(configuration);
      assertEquals((await again.openFineTuning("pretrained")).round, 2);
      await Deno.rename(join(configuration.stateDirectory, "fine-tuning"), join(directory, "aside")); // one of them writes there
      const expected = await fineTune(trainer, 3, 3, average);
      await Deno.remove(join(configuration.stateDirectory, "fine-tuning"), { recursive: true });
      assertEquals(await fineTune(again, 3, 3, average), expected);
      const result = await trainer.segment("pretrained", ignore, ignore);
      assertEquals(result.losses.length, 5);
      assertEquals(await again.segment("pretrained", ignore, ignore), result);
    }));
}

/** What lies in the state when a fine-tuning of the site's own was killed after its last checkpoint but one. */
async function forgetLastCheckpoint({ stateDirectory }: PeerConfiguration, method: Method): Promise<void> {
  const folder = join(stateDirectory, "fine-tuning", "own", method);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(names.length, 2);
  await Deno.remove(join(folder, names[1]));
}

for (const [recipe, { fineTune, ...changes }] of [["by another recipe", RECIPE], ["taught", TAUGHT]] as const) {
  Deno.test(`a fine-tuning of the site's own that was killed comes to the same weights (${recipe})`, () =>
    withDirectory(async (directory) => {
      const schedule = { rounds: 1, stepsPerRound: 2, exchanges: 0 };
      const configuration = await makeSite(directory, {
        ...changes,
        schedule,
        fineTune: { ...fineTune, mode: "local" },
      });
      const undisturbed = await pretrained(configuration);
      const results = new Map<Method, unknown>();
      const keptBy = async (trainer: Trainer, method: Method) => [
        await trainer.segment(method, ignore, ignore),
        (await trainer.network(method)).vectors,
      ];
      for (const method of METHODS) results.set(method, await keptBy(undisturbed, method));
      for (const method of METHODS) await forgetLastCheckpoint(configuration, method);
      const again = await pretrained(configuration);
      for (const method of METHODS) {
        const steps: number[] = [];
        const result = await again.segment(method, ({ phase, step }) => phase === method && steps.push(step), ignore);
        assertEquals(steps, [4, 5]); // where it goes on, and what it trains
        assertEquals([result, (await again.network(method)).vectors], results.get(method));
      }
    }));
}

Deno.test("a fine-tuning of the site's own whose time is over ends after a step, and goes on from there with more", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { engine: FEDERATED.engine, fineTune: { steps: 3 } });
    const trainer = await pretrained(configuration);
    const { losses: [first, ...others], dice } = await trainer.segment("scratch", ignore, ignore, { until: 0 });
    assertEquals([Number.isFinite(first), others, dice.length > 0], [true, [], true]);
    const { losses } = await trainer.segment("scratch", ignore, ignore);
    assertEquals([losses[0], losses.length], [first, 3]);
  }));

Deno.test("a fine-tuning goes on from checkpoints under the name that its method had before, and peers know it by that", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, FEDERATED);
    const trainer = await pretrained(configuration);
    const { layout, layoutDigest } = await trainer.openFineTuning("pretrained");
    assertEquals(layoutDigest, await sha256Hex(JSON.stringify(["fcl", layout])));
    await fineTune(trainer, 1, 2);
    const folder = (name: string) => join(configuration.stateDirectory, "fine-tuning", name);
    await Deno.rename(folder("pretrained"), folder("fcl"));
    const again = await pretrained(configuration);
    assertEquals((await again.openFineTuning("pretrained")).round, 2);
    await fineTune(again, 3, 3);
    assertEquals((await (await pretrained(configuration)).openFineTuning("pretrained")).round, 3);
  }));

Deno.test("a fine-tuning that began after fewer rounds of pre-training begins anew; one of other settings is refused", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, FEDERATED);
    const trainer = await pretrained(configuration);
    await trainer.openFineTuning("pretrained");
    await fineTune(trainer, 1, 3);
    const shorter = { ...configuration, fineTune: { ...configuration.fineTune, steps: 3 } };
    const opening = (await pretrained(shorter)).openFineTuning("pretrained");
    await assertRejects(() => opening, UserError, "the checkpoint must come from the same settings");
    const longer = await pretrained(configuration, 2);
    assertEquals((await longer.openFineTuning("pretrained")).round, 0);
  }));

Deno.test("a site that takes the weights of a later round goes on with that round's steps", () =>
  withDirectory(async (directory) => {
    const trainer = await pretrained(await makeSite(directory, FEDERATED));
    const { vector } = await trainer.openFineTuning("scratch");
    await trainer.fineTune(1, ignore);
    await trainer.adoptFineTuned(2, { vector: vector.map((value) => 0.5 * value) });
    await fineTune(trainer, 3, 3);
    const { losses } = await trainer.segment("scratch", ignore, ignore);
    assertEquals(losses.map(Number.isFinite), [true, false, false, true, true]);
  }));

Deno.test("a site without labels that has joined goes on from its checkpoint as one that was not interrupted", () =>
  withDirectory(async (directory) => {
    const id = (number: number) => `phantom_100${number}`;
    const split = { training: [0, 1, 2].map(id), labelled: [], probe: [], test: [3].map(id) };
    const unlabelled = { ramp: 0, threshold: 0.2 };
    const site = await makeSite(directory, { ...FEDERATED, fineTune: { ...FEDERATED.fineTune, unlabelled } });
    const configuration = { ...site, data: { ...site.data, split } };
    const trainer = await pretrained(configuration);
    const { vector } = await trainer.openFineTuning("scratch");
    await trainer.adoptFineTuned(1, { vector: vector.map((value) => 0.9 * value) }); // a member's, in whose place nothing was trained
    const before = await fineTune(trainer, 2, 2);
    const again = await pretrained(configuration);
    assertEquals((await again.openFineTuning("scratch")).round, 2);
    await Deno.rename(join(configuration.stateDirectory, "fine-tuning"), join(directory, "aside"));
    const expected = await fineTune(trainer, 3, 3);
    assertNotEquals(expected, before);
    await Deno.remove(join(configuration.stateDirectory, "fine-tuning"), { recursive: true });
    assertEquals(await fineTune(again, 3, 3), expected);
    const { losses, dice } = await again.segment("scratch", ignore, ignore);
    assertEquals([losses.map(Number.isFinite), dice.length], [[false, true, true, true, true], 1]);
  }));

Deno.test("a device that is lost in a round of fine-tuning: the next engine repeats the round from the checkpoint", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { fineTune: FEDERATED.fineTune });
    losing.loseAfter(Infinity);
    const warnings: string[] = [];
    const trainer = new Trainer({ among: [losing, wasmEngine] });
    await trainer.open(configuration, (message) => warnings.push(message));
    await trainer.openFineTuning("scratch");
    await fineTune(trainer, 1, 1);
    const again = { ...configuration, stateDirectory: join(directory, "copy") };
    const files = join("fine-tuning", "scratch");
    await Deno.mkdir(join(again.stateDirectory, files), { recursive: true });
    for await (const { name } of Deno.readDir(join(configuration.stateDirectory, files))) {
      await Deno.copyFile(join(configuration.stateDirectory, files, name), join(again.stateDirectory, files, name));
    }
    losing.loseAfter(150);
    const weights = await fineTune(trainer, 2, 3);
    assertEquals(warnings, [
      "the webgpu engine is lost: the graphics device does not answer any more; " +
      "the wasm engine repeats round 2 of the fine-tuning from the checkpoint of round 1",
    ]);
    const resumed = new Trainer({ among: [wasmEngine] });
    await resumed.open(again, ignore);
    assertEquals((await resumed.openFineTuning("scratch")).round, 1);
    assertEquals(await fineTune(resumed, 2, 3), weights);
  }));

Deno.test("a fine-tuning that goes back drops one checkpoint, also where the engine is lost meanwhile", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { fineTune: FEDERATED.fineTune });
    losing.loseAfter(Infinity);
    const trainer = new Trainer({ among: [losing, wasmEngine] });
    await trainer.open(configuration, ignore);
    await trainer.openFineTuning("scratch");
    const weights = await fineTune(trainer, 1, 1);
    await fineTune(trainer, 2, 2, (vector) => vector.map((value) => 1e28 * value));
    losing.loseAfter(0);
    const back = (await trainer.rollBackFineTuning())!;
    assertEquals([(await trainer.engine()).name, back.round, back.vector], ["wasm", 1, weights]);
  }));
