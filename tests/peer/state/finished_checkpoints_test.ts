/** How long the checkpoints of a finished run are kept. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { checkUnforgotten, forgetFinished } from "../../../src/peer/state/finished_checkpoints.ts";
import { withDirectory } from "../_site.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 6, 1);
const CHECKPOINTS = ["checkpoints/1.safetensors", "fine-tuning/own/scratch/2.safetensors"];
const OTHERS = ["audit.jsonl", "finished.json", "identity.key", "privacy.json", "split.json"];

async function filesOf(directory: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(directory, below))) {
    const path = join(below, name);
    found.push(...isDirectory ? await filesOf(directory, path) : [path]);
  }
  return found.sort();
}

const withState = (test: (stateDirectory: string) => Promise<void>) =>
  withDirectory(async (stateDirectory) => {
    for (const name of [...CHECKPOINTS, ...OTHERS]) {
      await Deno.mkdir(dirname(join(stateDirectory, name)), { recursive: true });
      await Deno.writeTextFile(join(stateDirectory, name), name);
    }
    await test(stateDirectory);
  });

Deno.test("checkpoints of a finished run are kept for ever, or for as long as the settings say", () =>
  withState(async (stateDirectory) => {
    const forget = (finishedDays?: number) =>
      forgetFinished(
        { stateDirectory, records: { curves: false, ...(finishedDays !== undefined && { finishedDays }) } },
        NOW - 2 * DAY,
        NOW,
      );
    for (const days of [undefined, 3]) assertEquals(await forget(days), []);
    await checkUnforgotten(stateDirectory);
    assertEquals(await filesOf(stateDirectory), [...CHECKPOINTS, ...OTHERS].sort());
    assertEquals(await forget(2), [
      { type: "note", message: "deleted 2 checkpoints of the finished run: 2 days (records.finishedDays)" },
    ]);
    assertEquals(await filesOf(stateDirectory), [...OTHERS, "checkpoints/deleted.json"].sort());
    assertEquals(await forget(2), []);
  }));

Deno.test("a run whose checkpoints were deleted is not begun from nothing", () =>
  withState(async (stateDirectory) => {
    await forgetFinished({ stateDirectory, records: { curves: false, finishedDays: 0 } }, NOW, NOW);
    const error = await assertRejects(() => checkUnforgotten(stateDirectory), UserError);
    assertMatch(error.message, /its checkpoints were deleted .*--begin-anew/);
  }));

Deno.test("what cannot be deleted is a warning", () =>
  withState(async (stateDirectory) => {
    await Deno.remove(join(stateDirectory, "checkpoints"), { recursive: true });
    await Deno.writeTextFile(join(stateDirectory, "checkpoints"), "no folder");
    const [{ type }] = await forgetFinished({ stateDirectory, records: { curves: false, finishedDays: 0 } }, NOW, NOW);
    assertEquals(type, "warning");
  }));
