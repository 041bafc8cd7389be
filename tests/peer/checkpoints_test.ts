import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import { Checkpoints } from "../../src/peer/_checkpoints.ts";
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
