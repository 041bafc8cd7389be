/** `deno task finetune`: through a kill, to the same bits, and every mistake that it refuses. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import deno from "../../deno.json" with { type: "json" };
import { finetune } from "../../src/cli/finetune.ts";
import { UserError } from "../../src/core/errors.ts";
import { readSegmentationModel } from "../../src/models/folder.ts";
import { scoresFromCsv } from "../../src/scoring/csv.ts";
import { prepare, tune } from "../finetuning/_kept.ts";
import { withDirectory } from "../peer/_site.ts";
import { makeModel } from "../prediction/_model.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** The task with the permissions it has. */
function task(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...deno.tasks.finetune.command.split(" ").slice(2), "--engine", "cpu", ...args],
    ...{ cwd: ROOT, stdin: "null", stdout: "piped", stderr: "piped", env: { NO_COLOR: "1" } },
  });
}

/** Kills the task when it has told that its first step is on the disk. */
async function killAfterFirstStep(...args: string[]): Promise<void> {
  const child = task(...args).spawn();
  const errors = new Response(child.stderr).text();
  const lines: ReadableStream<string> = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  for await (const line of lines) {
    if (line.startsWith("step 1/")) child.kill("SIGKILL");
  }
  assertEquals((await child.status).signal, "SIGKILL", await errors);
}

async function run(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const { code, stdout, stderr } = await task(...args).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, errors };
}

Deno.test("killed, it goes on and comes to the weights of a run that was not disturbed; finished, it says so", () =>
  withDirectory(async (directory) => {
    const places = await prepare(directory), out = join(directory, "out"), other = join(directory, "undisturbed");
    const flags = { ...places, out, labelled: "1", test: "1", steps: "3", "checkpoint-every": "1", name: "north" };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    await killAfterFirstStep(...args);
    const resumed = await run(...args);
    assertEquals([resumed.code, resumed.errors], [0, ""]);
    assertMatch(
      resumed.out,
      /^model of north, data set phantoms; .* is new: the labels differ \(were kidney, tumour; /,
    );
    assertMatch(resumed.out, /\n1 labelled case, 1 volume without labels, 1 test case, 3 steps\n/);
    assertMatch(
      resumed.out,
      /\ngoes on after step [123] of 3\n(step [23]\/3, loss .*\n)*tested phantom_\d+, /,
    );
    assertMatch(resumed.out, /\nmodel in .*results\/model\n$/);
    await tune({ ...places, out: other });
    const [one, two] = await Promise.all(
      [out, other].map((folder) => readSegmentationModel(join(folder, "results", "model"))),
    );
    assertEquals(one.vectors, two.vectors);
    const { description: { training, dice, site, labels } } = one;
    assertEquals([site, training.cases], ["north", { training: 2, labelled: 1, test: 1 }]);
    assertEquals([training.from?.dataset, training.from?.head], ["phantoms", "new"]);
    const card = await Deno.readTextFile(join(out, "results", "model", "MODEL_CARD.md"));
    assertStringIncludes(card, "Begun from the model of north, data set phantoms, which had been fine-tuned with 1");
    const rows = scoresFromCsv(await Deno.readTextFile(join(out, "results", "scores.csv")), "scores.csv");
    assertEquals(rows.map((row) => row.class), Object.values(labels));
    assertEquals(rows.map(({ dice }) => dice), Object.values(labels).map((name) => dice!.structures[name].mean));
    assert((await Deno.stat(join(out, "results", "predictions", `${rows[0].case}.nii.gz`))).isFile);
    const again = await run(...args);
    assertEquals([again.code, again.errors], [0, ""]);
    assertMatch(again.out, /^this fine-tuning is finished: nothing is left to do\nDice .*\nmodel in .*\n$/);
    const refuse = (rule: string, changes: Record<string, string>) => {
      const changed = Object.entries({ ...flags, ...changes }).flatMap(([name, value]) => [`--${name}`, value]);
      return assertRejects(() => finetune.run(changed), UserError, rule);
    };
    await refuse('"--steps" was 3 and is 4; set back what differs, or begin anew with another --out', { steps: "4" });
    await refuse('"--seed" was 1 and is 2', { seed: "2" });
    await makeModel(join(directory, "elsewhere", "results", "model"));
    await refuse("--out must hold no model of another run", { out: join(directory, "elsewhere") });
  }));

Deno.test("a mistake is one sentence that names what is wrong, before anything is made", () =>
  withDirectory(async (directory) => {
    const { from, data } = await prepare(directory), out = join(directory, "out");
    const refuse = async (rule: string, changes: Record<string, string>) => {
      const flags = { from, data, out, engine: "cpu", ...changes };
      const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
      await assertRejects(() => finetune.run(args), UserError, rule);
    };
    const path = (name: string) => join(directory, name);
    await refuse("the folder must hold model.json", { from: data });
    await makeModel(path("two"), { channels: ["T1", "T2"] });
    await refuse("must have as many channels as those that it was trained with, 2 (T1, T2)", { from: path("two") });
    await makeModel(path("large"), { patch: [256, 256, 256] });
    await refuse("at least half the 256 voxels of the model's patch", { from: path("large") });
    await makeModel(path("newer"));
    const json = join(path("newer"), "model.json");
    await Deno.writeTextFile(json, (await Deno.readTextFile(json)).replace('"version": 1', '"version": 2'));
    await refuse('"version" must be 1', { from: path("newer") });
    await refuse("--out must not lie in the folder of --data", { out: join(data, "out") });
    await refuse("--labelled must be a whole number of at least 1, or all", { labelled: "some" });
    await refuse("a share below 1 or a whole number of cases", { test: "1.5" });
    await refuse("of which --memory allows 102 MiB", { memory: "0.1" });
    await refuse("there must be 9 labelled to train with", { labelled: "9" });
    assertEquals([...Deno.readDirSync(directory)].some(({ name }) => name === "out"), false);
  }));
