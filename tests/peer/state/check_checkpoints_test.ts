/** Whether checkpoints are gone on from, by their headers. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { writeCheckpoint } from "../../../src/model/checkpoint.ts";
import { checkCheckpoints } from "../../../src/peer/state/check_checkpoints.ts";
import { trainingSettings } from "../../../src/peer/state/settings.ts";
import { siteIn, withDirectory } from "../_site.ts";

const facts = { consortium: "test", labels: new Map([[1, "shell"]]) };
const configurationIn = (directory: string, changes: Record<string, unknown> = {}) =>
  siteIn(directory, { fineTune: { mode: "federated", rounds: 2, steps: 4 }, ...changes });

/** Writes a checkpoint, of `settings` or of a version that kept none. */
const write = (directory: string, folder: string, state: { round: number; after?: number; settings?: unknown }) =>
  writeCheckpoint(join(directory, "state", folder), { vectors: [], state });

const check = (directory: string, changes: Record<string, unknown> = {}) => {
  const configuration = configurationIn(directory, changes);
  return checkCheckpoints(configuration, trainingSettings(configuration, facts));
};

Deno.test("without checkpoints nothing is begun; those of earlier versions are gone on from", () =>
  withDirectory(async (directory) => {
    assertEquals(await check(directory), false);
    await write(directory, "checkpoints", { round: 1 });
    assertEquals(await check(directory, { seed: 7 }), true);
  }));

Deno.test("the checkpoint of another seed is refused before anything is prepared", () =>
  withDirectory(async (directory) => {
    const { pretraining: settings } = trainingSettings(configurationIn(directory), facts);
    await write(directory, "checkpoints", { round: 2, settings });
    assertEquals(await check(directory), true);
    await assertRejects(() => check(directory, { seed: 7 }), UserError, '"seed" was 1 and is 7');
  }));

Deno.test("that of a fine-tuning is refused, too, unless pre-training has gone further; of each kind its own", () =>
  withDirectory(async (directory) => {
    const { pretraining, fineTuning } = trainingSettings(configurationIn(directory), facts);
    await write(directory, "checkpoints", { round: 2, settings: pretraining });
    await write(directory, "fine-tuning/fcl", { round: 1, after: 2, settings: fineTuning });
    const longer = { fineTune: { mode: "federated", rounds: 2, steps: 9 } };
    assertEquals(await check(directory), true);
    const error = await assertRejects(() => check(directory, longer), UserError, '"fineTune.steps" was 4 and is 9');
    assertEquals(error.message.includes("--fine-tune-anew"), true);
    const own = { fineTune: { rounds: 2, steps: 9 } };
    assertEquals(await check(directory, own), true);
    await write(directory, "fine-tuning/own/scratch", { round: 4, after: 2, settings: fineTuning });
    await assertRejects(() => check(directory, own), UserError, '"fineTune.steps" was 4 and is 9');
    await write(directory, "checkpoints", { round: 3, settings: pretraining });
    assertEquals(await check(directory, longer), true);
  }));
