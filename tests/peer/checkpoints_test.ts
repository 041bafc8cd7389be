import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import { Checkpoints } from "../../src/peer/checkpoints.ts";
import { makeSite, withDirectory } from "./_site.ts";

const at = (round: number) => ({
  round,
  weights: [{ name: "w", shape: [1], data: Float32Array.of(round) }],
  state: [],
});

Deno.test("two checkpoints in a row may fail, again and again; the third does not, and the last whole one stays", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const path = join(configuration.stateDirectory, "checkpoints");
    const checkpoints = new Checkpoints(path);
    assertEquals([await checkpoints.write(at(1)), checkpoints.since], [undefined, "the checkpoint of round 1"]);
    const block = async () => {
      await Deno.rename(path, `${path}-aside`);
      await Deno.writeTextFile(path, "");
    };
    const unblock = async () => {
      await Deno.remove(path);
      await Deno.rename(`${path}-aside`, path);
    };
    for (const round of [2, 5]) {
      await block();
      for (const failing of [round, round + 1]) {
        assertEquals((await checkpoints.write(at(failing)))?.startsWith("writing a checkpoint: "), true);
        assertEquals(checkpoints.unsaved?.[0].data[0], failing);
      }
      assertEquals(checkpoints.since, `the checkpoint of round ${round - 1}`);
      await unblock();
      assertEquals([await checkpoints.write(at(round + 2)), checkpoints.unsaved], [undefined, undefined]);
    }
    await block();
    for (const round of [8, 9]) await checkpoints.write(at(round));
    await assertRejects(() => checkpoints.write(at(10)), UserError, "writing a checkpoint: ");
    await unblock();
    assertEquals((await readLatestCheckpoint(path))?.state, { round: 7 });
  }));

/** A training that takes whatever comes. */
const taking = { setWeights: () => {}, setState: () => {} };

Deno.test("what a site held of all masses over one-way links is kept to the last bit", () =>
  withDirectory(async (path) => {
    await new Checkpoints(path).write({ ...at(1), weight: 10 / 3 });
    assertEquals((await new Checkpoints(path).restore(taking)).weight, 10 / 3);
  }));

Deno.test("a checkpoint goes on under the settings that made it; others are refused, and who kept none is told", () =>
  withDirectory(async (path) => {
    const settings = { seed: "1", "data.crop": "none" };
    await new Checkpoints(path).write(at(1));
    const { round, warnings } = await new Checkpoints(path, { settings }).restore(taking);
    assertEquals([round, warnings.length], [1, 1]);
    assertMatch(warnings[0], /does not say its settings/);
    await new Checkpoints(path, { settings }).write(at(2));
    assertEquals(await new Checkpoints(path, { settings }).restore(taking), {
      ...{ round: 2, state: [], warnings: [], momentum: undefined, weight: undefined },
    });
    const other = new Checkpoints(path, { settings: { ...settings, seed: "7" }, anew: "--fine-tune-anew" });
    const error = await assertRejects(() => other.restore(taking), UserError, '"seed" was 1 and is 7');
    assertMatch(error.message, /begin anew with --fine-tune-anew/);
    // one that is void is not held against them
    assertEquals((await new Checkpoints(path, { settings: { seed: "7" }, after: 3 }).restore(taking)).round, 0);
  }));
