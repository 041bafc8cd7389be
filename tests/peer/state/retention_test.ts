/** How long earlier trainings are kept. */
import { assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "@std/path";
import { forgetEarlier, outdated } from "../../../src/peer/state/retention.ts";
import { withDirectory } from "../_site.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 6, 1);
const AGES = [1, 10, 100];
const earlier = AGES.map((days) => ({ path: `${days}`, time: NOW - days * DAY }));
const gone = (keeping: { earlierRuns?: number; earlierDays?: number }) =>
  outdated(earlier, keeping, NOW).map(({ path }) => Number(path));

Deno.test("everything is kept unless the settings say otherwise", () => {
  assertEquals(gone({}), []);
});

Deno.test("a training is kept that number or age keeps", () => {
  assertEquals(gone({ earlierRuns: 1 }), [10, 100]);
  assertEquals(gone({ earlierRuns: 0 }), [1, 10, 100]);
  assertEquals(gone({ earlierDays: 10 }), [100]);
  assertEquals(gone({ earlierDays: 5, earlierRuns: 2 }), [100]);
  assertEquals(gone({ earlierDays: 200, earlierRuns: 1 }), []);
});

const SITE = ["audit.jsonl", "identity.key", "privacy.json", "checkpoints/c.safetensors"];
const STATE = ["before-1/checkpoints/c.safetensors", "before-1/fine-tuning/scratch/c", "before-1/split.json"];
const RESULTS = ["before-1/model/model.json", "before-1/predictions/scratch/a.nii.gz", "before-1/site.json"];

async function filesOf(directory: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(directory, below))) {
    const path = join(below, name);
    found.push(...isDirectory ? await filesOf(directory, path) : [path]);
  }
  return found.sort();
}

const withTraining = (test: (folders: { stateDirectory: string; outputDirectory: string }) => Promise<void>) =>
  withDirectory(async (directory) => {
    const [stateDirectory, outputDirectory] = [join(directory, "state"), join(directory, "results")];
    const paths = [
      ...[...SITE, ...STATE].map((name) => join(stateDirectory, name)),
      ...RESULTS.map((name) => join(outputDirectory, name)),
    ];
    for (const path of paths) {
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeTextFile(path, path);
    }
    await test({ stateDirectory, outputDirectory });
  });

const records = { curves: false };

Deno.test("checkpoints and predictions go; models, reports and splits stay, and all of the site's and of the training of now", () =>
  withTraining(async (folders) => {
    const told = await forgetEarlier({ ...folders, records: { ...records, earlierRuns: 0 } });
    assertEquals(await filesOf(folders.stateDirectory), [...SITE, "before-1/split.json"].sort());
    assertEquals(await filesOf(folders.outputDirectory), ["before-1/model/model.json", "before-1/site.json"]);
    assertEquals(told.map(({ type }) => type), ["note", "note"]);
    assertMatch(
      told[0].message,
      /^deleted checkpoints, fine-tuning of the earlier training in .*before-1: the latest 0/,
    );
    assertEquals(await forgetEarlier({ ...folders, records: { ...records, earlierRuns: 0 } }), []);
  }));

Deno.test("by default nothing is deleted, nor what is young enough", () =>
  withTraining(async (folders) => {
    assertEquals(await forgetEarlier({ ...folders, records }), []);
    assertEquals(await forgetEarlier({ ...folders, records: { ...records, earlierDays: 1 } }), []);
    assertEquals(await filesOf(folders.outputDirectory), RESULTS);
    assertEquals(
      (await forgetEarlier({ ...folders, records: { ...records, earlierDays: 1 } }, Date.now() + 2 * DAY)).length,
      2,
    );
  }));

Deno.test("what cannot be deleted is a warning", () =>
  withTraining(async ({ stateDirectory }) => {
    const folders = { stateDirectory, outputDirectory: join(stateDirectory, "nowhere") };
    const told = await forgetEarlier({ ...folders, records: { ...records, earlierRuns: 0 } });
    assertEquals(told.map(({ type }) => type), ["note", "warning"]);
  }));
