/** `deno task predict`: a folder with a bad file, and every mistake that it refuses. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { predict } from "../../src/cli/predict.ts";
import { UserError } from "../../src/core/errors.ts";
import { writeModel } from "../../src/models/folder.ts";
import { encoderFacts, VECTORS } from "../models/_model.ts";
import { withDirectory } from "../peer/_site.ts";
import { makeModel, writeBall } from "../prediction/_model.ts";
import { startEngine } from "../../src/engine/engine.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Runs the task with the permissions it has. */
async function run(...args: string[]): Promise<{ code: number; out: string[]; errors: string[] }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...deno.tasks.predict.command.split(" ").slice(2), "--engine", "cpu", ...args],
    ...{ cwd: ROOT, stdin: "null", env: { NO_COLOR: "1" } },
  }).output();
  const lines = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd().split("\n");
  return { code, out: lines(stdout), errors: lines(stderr) };
}

/** A model and three volumes, the one in the middle cut off. */
async function prepare(directory: string): Promise<string[]> {
  await startEngine({ engine: "cpu" });
  const [model, input, output] = ["model", "in", "out"].map((name) => join(directory, name));
  await makeModel(model, { dataset: "balls" });
  await Deno.mkdir(input);
  for (const name of ["a", "b", "c"]) await writeBall(join(input, `${name}.nii.gz`));
  const whole = await Deno.readFile(join(input, "b.nii.gz"));
  await Deno.writeFile(join(input, "b.nii.gz"), whole.subarray(0, whole.length / 2));
  return ["--model", model, "--input", input, "--output", output];
}

Deno.test("a folder is predicted with a line a case, a bad file is listed at the end, and a second call goes on", () =>
  withDirectory(async (directory) => {
    const args = await prepare(directory);
    const first = await run(...args, "--statistics");
    assertEquals(first.code, 1);
    const [model, cases, ...told] = first.out;
    assertEquals(
      model,
      "model of north, from pre-training, 1 labelled case, Dice 0.750 on 2 test cases of its site: kidney, tumour",
    );
    assertMatch(cases, /^3 cases, cpu engine, 1 thread, at most 51\d MiB of memory, of which the machine allows /);
    assertMatch(
      told.join("\n"),
      /^1\/3 {2}a {2}\S.*\n2\/3 {2}b {2}failed: .*b\.nii\.gz.*\n3\/3 {2}c {2}\S.*\npredictions in .*\/out$/,
    );
    assertMatch(first.errors.join("\n"), /^error: predicting: 1 of 3 cases could not be predicted \(b: .*\)$/);
    const [header, ...rows] = (await Deno.readTextFile(join(directory, "out", "statistics.csv"))).trimEnd().split("\n");
    assertEquals(header, "case,structure,label,voxels,volume_ml,mean_intensity");
    assertEquals(rows.map((row) => row.split(",").slice(0, 3).join()), [
      ...["a,kidney,1", "a,tumour,4", "c,kidney,1", "c,tumour,4"],
    ]);
    await writeBall(join(directory, "in", "b.nii.gz")); // mended
    const second = await run(...args);
    assertEquals([second.code, second.errors], [0, [""]]);
    assertMatch(
      second.out.join("\n"),
      /\n1\/3 {2}a {2}is done already\n2\/3 {2}b {2}\S.*\n3\/3 {2}c {2}is done already\n/,
    );
  }));

Deno.test("a mistake is one sentence that names what is wrong, before anything is made", () =>
  withDirectory(async (directory) => {
    const [, model, , input, , output] = await prepare(directory);
    const path = (name: string) => join(directory, name);
    await writeModel(path("encoder"), encoderFacts(), VECTORS);
    await makeModel(path("two"), { channels: ["T1", "T2"] });
    await Deno.mkdir(path("empty"));
    await Deno.symlink(input, path("link"));
    const refuse = async (rule: string, changes: Record<string, string>, ...more: string[]) => {
      const flags = { model, input, output, engine: "cpu", ...changes };
      const args = [...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]), ...more];
      await assertRejects(() => predict.run(args), UserError, rule);
    };
    await refuse(`the folder must hold model.json (${path("none")})`, { model: path("none") });
    await refuse(`there is a model in ${model} (${directory})`, { model: directory });
    await refuse("an encoder predicts nothing before it is fine-tuned", { model: path("encoder") });
    await refuse(`the input must exist (${path("none")})`, { input: path("none") });
    await refuse(`the folder must hold a volume at least (.nii, .nii.gz, .mha, .nrrd) (${path("empty")})`, {
      input: path("empty"),
    });
    await refuse("none of 3 cases can be predicted", { model: path("two") });
    await refuse("reads images of 2 channels (T1, T2)", { model: path("two"), input: join(input, "a.nii.gz") });
    for (const folder of [input, path("link"), `${input}/../in`]) {
      await refuse("the output must be another folder than the input's images lie in", { output: folder });
    }
    await refuse("must be a folder that can be written", { output: join(input, "a.nii.gz", "out") });
    await refuse("a volume must fit into memory", { memory: "0.1", input: join(input, "a.nii.gz") });
    await refuse("--memory allows", { memory: "0.1", input: join(input, "a.nii.gz") });
    await refuse("exclude each other", {}, "--keep-largest", "--keep-all");
    await refuse("unknown flag --mirrored (did you mean --mirror?)", {}, "--mirrored");
    assertEquals([...Deno.readDirSync(input)].map(({ name }) => name).sort(), ["a.nii.gz", "b.nii.gz", "c.nii.gz"]);
    assertEquals([...Deno.readDirSync(directory)].some(({ name }) => name === "out"), false);
    await predict.run(["--model", model, "--input", join(input, "a.nii.gz"), "--output", output, "--engine", "cpu"]);
    await refuse("it was predicted by another model, or in another way", {}, "--mirror");
  }));
