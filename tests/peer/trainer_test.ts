/** The trainer in this thread: what it does when an engine loses its device in the middle of the work. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { wasmEngine } from "../../src/engine/engines/wasm.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import { decodeOptimiser } from "../../src/peer/_optimiser_state.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import type { StageProgress } from "../../src/peer/trainer_api.ts";
import type { CaseDice } from "../../src/peer/report/schema.ts";
import { Trainer } from "../../src/peer/trainer.ts";
import { makeSite, withDirectory } from "./_site.ts";
import { losingEngine } from "../../scripts/hardships/fixtures/losing_engine.ts";

const ignore = () => {};
const losing = losingEngine();
// its backend is one that other tests compute with
Deno.test.afterEach(() => losing.loseAfter(Infinity));
/** What the fixture's device says when it is lost. */
const REASON = "the graphics device does not answer any more";

/** Trains one round after another, each taken over as it is; the weights at the end. */
async function train(trainer: Trainer, first: number, last: number): Promise<Float32Array> {
  let vector = new Float32Array();
  for (let round = first; round <= last; round++) {
    vector = (await trainer.round(round, [], ignore)).vector.slice();
    await trainer.adopt(round, { vector });
  }
  return vector;
}

/** A trainer on a device that is there for now, its first round done, and what it warns of from then on. */
async function startedOnDevice(configuration: PeerConfiguration) {
  losing.loseAfter(Infinity);
  const warnings: string[] = [];
  const trainer = new Trainer({ among: [losing, wasmEngine] });
  const { engine } = await trainer.open(configuration, (message) => warnings.push(message));
  assertEquals(engine.name, "webgpu");
  await train(trainer, 1, 1);
  return { trainer, warnings };
}

/** A copy of the state, whose checkpoint another trainer can go on from. */
async function copyState({ stateDirectory }: PeerConfiguration): Promise<string> {
  const copy = `${stateDirectory}-copy`;
  await Deno.mkdir(join(copy, "checkpoints"), { recursive: true });
  for await (const { name } of Deno.readDir(join(stateDirectory, "checkpoints"))) {
    await Deno.copyFile(join(stateDirectory, "checkpoints", name), join(copy, "checkpoints", name));
  }
  return copy;
}

/** A trainer that goes on from a state on the engine that takes over. */
async function resumed(configuration: PeerConfiguration, stateDirectory: string): Promise<Trainer> {
  const trainer = new Trainer({ among: [wasmEngine] });
  await trainer.open({ ...configuration, stateDirectory }, ignore);
  return trainer;
}

Deno.test("a trainer that goes on from a checkpoint trains as one that was not interrupted", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const trainer = new Trainer({ among: [wasmEngine] });
    await trainer.open(configuration, ignore);
    await train(trainer, 1, 1);
    const state = await copyState(configuration);
    const weights = await train(trainer, 2, 3);
    assertEquals(await train(await resumed(configuration, state), 2, 3), weights);
  }));

Deno.test("weights with which nothing can be trained are rolled back, and a restart does not meet them again", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const trainer = new Trainer({ among: [wasmEngine] });
    await trainer.open(configuration, ignore);
    const weights = await train(trainer, 1, 2);
    const { vector } = await trainer.round(3, [], ignore);
    await trainer.adopt(3, { vector: vector.map((value) => 1e28 * value) });
    assertEquals((await trainer.round(4, [], ignore)).loss, NaN);
    const back = (await trainer.rollBack())!;
    assertEquals([back.round, back.vector], [2, weights]);
    assertEquals((await trainer.round(3, [], ignore)).vector, vector);
    const { round } = await (new Trainer({ among: [wasmEngine] })).open(configuration, ignore);
    assertEquals(round, 2);
  }));

Deno.test("a late peer goes on with a neighbour's optimiser; one that is malformed is refused, and its weights are taken", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const open = async (name: string) => {
      const trainer = new Trainer({ among: [wasmEngine] });
      const { stateDirectory } = configuration;
      await trainer.open({ ...configuration, stateDirectory: `${stateDirectory}-${name}` }, ignore);
      return trainer;
    };
    const checkpoint = async (name: string) => {
      const vectors =
        (await readLatestCheckpoint(join(`${configuration.stateDirectory}-${name}`, "checkpoints")))!.vectors;
      return vectors.filter((vector) => /adam|outer/.test(vector.name)).sort((a, b) => a.name < b.name ? -1 : 1);
    };
    const early = await open("early");
    await train(early, 1, 2);
    const { vector } = await early.round(3, [], ignore);
    const momentum = vector.map((value) => 2 * value);
    const { optimiser } = await early.adopt(3, { vector, momentum });

    const late = await open("late");
    await late.round(1, [], ignore);
    const adopted = await late.adopt(3, { vector, optimiser });
    assertEquals([adopted.warnings, adopted.momentum], [[], momentum]);
    assertEquals(adopted.optimiser, optimiser);
    assertEquals(await checkpoint("late"), await checkpoint("early"));

    const wary = await open("wary");
    const spoilt = optimiser.slice();
    spoilt.fill(0xff, spoilt.length - 4); // the last value is not a number
    const { warnings, optimiser: own } = await wary.adopt(3, { vector, optimiser: spoilt });
    assertEquals(warnings.length, 1);
    assert(warnings[0].startsWith("the optimiser that came with a member's weights is refused, the weights are taken"));
    const steps = (state: Uint8Array) =>
      decodeOptimiser(state, vector.length).inner.find((v) => v.name === "adam/steps");
    assertEquals([steps(own)?.data[0], steps(optimiser)?.data[0]], [0, 6]);
    assertEquals((await wary.round(4, [], ignore)).skipped, 0);
  }));

for (const [when, ops] of [["before its first step", 0], ["in the middle of a step", 150]] as const) {
  Deno.test(`a device that is lost in a round, ${when}: the next engine repeats the round from the checkpoint`, () =>
    withDirectory(async (directory) => {
      const configuration = await makeSite(directory);
      const { trainer, warnings } = await startedOnDevice(configuration);
      const state = await copyState(configuration);
      losing.loseAfter(ops);
      const weights = await train(trainer, 2, 3);
      assertEquals(warnings, [
        `the webgpu engine is lost: ${REASON}; the wasm engine repeats round 2 from the checkpoint of round 1`,
      ]);
      const { name, lost } = await trainer.engine();
      assertEquals([name, lost], ["wasm", [{ name: "webgpu", reason: REASON }]]);
      assertEquals(weights, await train(await resumed(configuration, state), 2, 3));
    }));
}

Deno.test("a device that is lost while weights are taken over: they are, and the checkpoint is written", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const { trainer, warnings } = await startedOnDevice(configuration);
    const { vector } = await trainer.round(2, [], ignore);
    losing.loseAfter(1);
    assert((await trainer.adopt(2, { vector: vector.slice() })).health !== null);
    assertEquals(warnings.length, 1);
    assert(warnings[0].endsWith("the wasm engine takes the weights of round 2 again"), warnings[0]);
    const checkpoint = await readLatestCheckpoint(join(configuration.stateDirectory, "checkpoints"));
    assertEquals(checkpoint?.state, { round: 2 });
    const saved = checkpoint!.vectors.filter(({ name }) => !name.startsWith("state/")).flatMap(({ data }) => [...data]);
    assertEquals(saved, [...vector]);
  }));

Deno.test("a device that is lost after a checkpoint could not be written: the adopted weights are not lost with it", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const { trainer } = await startedOnDevice(configuration);
    const path = join(configuration.stateDirectory, "checkpoints");
    const { vector } = await trainer.round(2, [], ignore);
    const averaged = vector.map((value) => value + 1); // far from what two steps make of the checkpoint
    await Deno.rename(path, `${path}-aside`);
    await Deno.writeTextFile(path, "");
    assertEquals((await trainer.adopt(2, { vector: averaged })).warnings.length, 1);
    await Deno.remove(path);
    await Deno.rename(`${path}-aside`, path);
    losing.loseAfter(0);
    const { vector: trained } = await trainer.round(3, [], ignore);
    const moved = trained.reduce((sum, value, i) => sum + Math.abs(value - averaged[i]), 0) / trained.length;
    assert(moved > 0 && moved < 0.5, `moved by ${moved}`);
  }));

Deno.test("a device that is lost in fine-tuning: the next engine goes on from the last checkpoint", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const { trainer, warnings } = await startedOnDevice(configuration);
    const state = await copyState(configuration);
    losing.loseAfter(300);
    const result = await trainer.segment("pretrained", ignore, ignore);
    assertEquals(warnings, [
      `the webgpu engine is lost: ${REASON}; ` +
      "the wasm engine goes on with the fine-tuning (pretrained) from its last checkpoint",
    ]);
    assertEquals(result, await (await resumed(configuration, state)).segment("pretrained", ignore, ignore));
  }));

Deno.test("a device that is lost in testing: the next engine goes on with the next case, the trained weights are kept", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const { trainer, warnings } = await startedOnDevice(configuration);
    const told: CaseDice[] = [];
    const windows: StageProgress[] = [];
    const note = (progress: StageProgress) => progress.phase === "predict" && windows.push(progress);
    const result = await trainer.segment("scratch", note, (dice) => {
      if (told.push(dice) === 1) losing.loseAfter(0);
    });
    assertEquals(warnings, [`the webgpu engine is lost: ${REASON}; the wasm engine goes on with the next test case`]);
    assertEquals(told, result.dice);
    assert(told.length > 1 && new Set(told.map((dice) => dice.case)).size === told.length, `${told.length} cases`);
    assertEquals(result.losses.length, configuration.fineTune.steps);
    const { step, steps } = windows.at(-1)!;
    assert(steps > told.length, "a case has several windows");
    assertEquals(step, steps);
    assert(windows.every(({ step }, i) => i === 0 || windows[i - 1].step < step), "windows go on behind those done");
  }));

Deno.test("a device that is lost when the trainer opens: the next engine goes on", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const { pretrain } = configuration;
    losing.loseAfter(Infinity);
    const trainer = new Trainer({ among: [losing, wasmEngine] });
    const { engine } = await trainer.open({
      ...configuration,
      get pretrain() { // read when the engine has proved itself and the network is to be made
        losing.loseAfter(5);
        return pretrain;
      },
    }, ignore);
    assertEquals([engine.name, engine.lost?.length], ["wasm", 1]);
  }));

Deno.test("told to stop when the device is lost, the trainer does, and names the checkpoint to go on from", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { engine: { onLoss: "stop" } });
    const { trainer, warnings } = await startedOnDevice(configuration);
    losing.loseAfter(10);
    const { message } = await assertRejects(() => trainer.round(2, [], ignore), UserError);
    const checkpoints = join(configuration.stateDirectory, "checkpoints");
    assertEquals(
      message,
      `computing: the webgpu engine is lost: ${REASON}; ` +
        `started again, the peer goes on from the checkpoint of round 1 (${checkpoints})`,
    );
    assertEquals([warnings, (await readLatestCheckpoint(checkpoints))?.state], [[], { round: 1 }]);
  }));

Deno.test("the last engine that is lost ends the training", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    losing.loseAfter(Infinity);
    const trainer = new Trainer({ among: [losing] });
    await trainer.open(configuration, ignore);
    losing.loseAfter(0);
    await assertRejects(
      () => trainer.round(1, [], ignore),
      UserError,
      `computing: the webgpu engine is lost, and there is no other to go on with (${REASON})`,
    );
  }));
