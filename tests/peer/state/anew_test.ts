/** Beginning anew. */
import { assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "@std/path";
import { beginAnew } from "../../../src/peer/state/anew.ts";
import { withDirectory } from "../_site.ts";

async function write(directory: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    await Deno.mkdir(dirname(join(directory, name)), { recursive: true });
    await Deno.writeTextFile(join(directory, name), name);
  }
}

async function filesOf(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    found.push(...isDirectory ? (await filesOf(path)).map((below) => join(name, below)) : [name]);
  }
  return found.sort();
}

const SITE = ["audit.jsonl", "charter.json", "epoch", "hpke.key", "identity.key", "peers.json", "privacy.json"];
const TRAINING = [
  "checkpoints/checkpoint-00000001.safetensors",
  "fine-tuning/scratch/c",
  "finished.json",
  "history.json",
  "split.json",
];
const RESULTS = ["curves.csv", "encoder/model.json", "model/model.json", "predictions/scratch/a.nii.gz", "site.json"];

/** A folder with both kinds of files. */
const withTraining = (test: (folders: { stateDirectory: string; outputDirectory: string }) => Promise<void>) =>
  withDirectory(async (directory) => {
    const [stateDirectory, outputDirectory] = [join(directory, "state"), join(directory, "results")];
    await write(stateDirectory, ...SITE, ...TRAINING);
    await write(outputDirectory, ...RESULTS);
    await test({ stateDirectory, outputDirectory });
  });

Deno.test("what belongs to the training is moved aside, what belongs to the site stays", () =>
  withTraining(async ({ stateDirectory, outputDirectory }) => {
    const told = await beginAnew({ stateDirectory, outputDirectory }, "training");
    const aside = (names: string[]) => names.map((name) => join("before-1", name));
    assertEquals(await filesOf(stateDirectory), [...SITE, ...aside(TRAINING)].sort());
    assertEquals(await filesOf(outputDirectory), aside(RESULTS));
    assertMatch(
      told[0],
      /^finished.json, checkpoints, fine-tuning, history.json, split.json of .*state are now in .*before-1$/,
    );
    assertMatch(told[1], /^predictions, model, encoder, site.json, curves.csv of .*results are now in .*before-1$/);
    assertMatch(told[2], /the other sites/);
    assertMatch((await beginAnew({ stateDirectory, outputDirectory }, "training"))[0], /^nothing to begin anew/);
    await write(stateDirectory, "split.json");
    await beginAnew({ stateDirectory, outputDirectory }, "training");
    assertEquals(await filesOf(join(stateDirectory, "before-2")), ["split.json"]);
  }));

Deno.test("a fine-tuning begins anew by itself, its model is moved aside, pre-training stays", () =>
  withTraining(async ({ stateDirectory, outputDirectory }) => {
    const told = await beginAnew({ stateDirectory, outputDirectory }, "fine-tuning");
    const [curves, encoder, model, ...others] = RESULTS;
    assertEquals([told.length, await filesOf(outputDirectory)], [2, [
      join("before-1", model),
      curves,
      encoder,
      ...others,
    ]]);
    assertEquals(await filesOf(join(stateDirectory, "before-1")), ["fine-tuning/scratch/c", "finished.json"]);
    assertEquals((await filesOf(join(stateDirectory, "checkpoints"))).length, 1);
  }));
