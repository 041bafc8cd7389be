/** What `deno task demo` says to bad input: one sentence, a non-zero exit code, and earlier results untouched. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { describeError, EXIT, UsageError } from "../../src/cli/command.ts";
import { demo as command } from "../../src/cli/demo.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { givePhantoms } from "../_phantoms.ts";
import { withDirectory } from "../integration/_consortium.ts";

const DEMO = fromFileUrl(new URL("../../src/cli/demo.ts", import.meta.url));

/** As little as can be trained, on the engine that every machine has: the choice among all takes longer. */
const FEW = "--voxels 4000 --rounds 1 --steps 1 --fine-tune 1 --engine wasm --threads 1".split(" ");

/** Runs the demo, relative paths taken from `cwd`. */
async function demo(args: readonly string[], cwd?: string): Promise<{ code: number; errors: string[] }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    cwd,
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", "--allow-net=127.0.0.1"]
      .concat(["--allow-run", "--allow-sys", DEMO, ...args]),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { code, errors: new TextDecoder().decode(stderr).trimEnd().split("\n") };
}

/** As {@linkcode demo}, of what is refused before a peer starts, in this process: most of its time is that of a start. */
async function refused(args: readonly string[]): Promise<{ code: number; errors: string[] }> {
  const { log, error } = console, errors: string[] = [];
  console.log = () => {};
  console.error = (line: string) => void errors.push(line);
  try {
    await command.run(args);
    return { code: EXIT.ok, errors };
  } catch (thrown) {
    errors.push(...describeError(thrown).split("\n"));
    return { code: thrown instanceof UsageError ? EXIT.usage : EXIT.failed, errors };
  } finally {
    [console.log, console.error] = [log, error];
  }
}

/** A dataset of two sites with `change` made to it, and a folder for the results. */
async function withDataset(
  change: (dataset: string) => Promise<void>,
  test: (dataset: string, out: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const dataset = join(directory, "data");
    await givePhantoms(dataset, { sites: 2, casesPerSite: 4 });
    await change(dataset);
    await test(dataset, join(directory, "out"));
  });
}

async function changeJson(path: string, change: (value: Record<string, unknown>) => void): Promise<void> {
  const value = JSON.parse(await Deno.readTextFile(path));
  change(value);
  await Deno.writeTextFile(path, JSON.stringify(value));
}

/** Every label file with its values changed, in float32. */
async function changeLabels(dataset: string, change: (value: number) => number): Promise<void> {
  for await (const { name } of Deno.readDir(join(dataset, "labelsTr"))) {
    const path = join(dataset, "labelsTr", name);
    const volume = await readVolume(path);
    await writeNifti(path, { ...volume, data: volume.data.map(change) }, { datatype: "float32" });
  }
}

for (
  const [args, code, message] of [
    [["--peer", "3"], 2, "unknown flag --peer (did you mean --peers?)"],
    [
      ["--fine-tune-rounds", "221"],
      2,
      "the flag --fine-tune-rounds must be at most the 220 steps of fine-tuning, got 221",
    ],
    [["--minutes", "0.5"], 2, "the flag --minutes must be a number of at least 1, got 0.5"],
    [
      ["--minutes", "5", "--fine-tune", "9", "--fine-tune-rounds", "10"],
      2,
      "at most the 9 steps of fine-tuning, got 10",
    ],
    [["--peers", "none"], 2, "the flag --peers must be an integer of at least 1, got none"],
    [
      ["--engine", "abacus"],
      2,
      "the flag --engine must be one of auto, tensorflow, webgpu, onednn, wasm, cpu, got abacus",
    ],
    [["--data", "/no/such/folder", "--out", "out/never"], 1, "/no/such/folder"],
  ] as const
) {
  Deno.test(`demo ${args.join(" ")} is refused in one line`, async () => {
    const result = await refused(args);
    assertEquals([result.code, result.errors.length], [code, 1], result.errors.join("\n"));
    assertStringIncludes(result.errors[0], `error: `);
    assertStringIncludes(result.errors[0], message);
  });
}

Deno.test("demo --out /dev/null/results is refused in one line", async () => {
  const { code, errors } = await demo(["--out", "/dev/null/results"]);
  assertEquals([code, errors.length], [1, 1], errors.join("\n"));
  assertStringIncludes(errors[0], "error: making the output folder: it must be writable");
});

for (
  const [title, change, message] of [
    ["a dataset.json that names a file that is not there", async (dataset: string) => {
      await Deno.remove(join(dataset, "imagesTr", "phantom_1001.nii.gz"));
    }, "phantom_1001.nii.gz"],
    ["a dataset.json that counts wrongly", async (dataset: string) => {
      await changeJson(join(dataset, "dataset.json"), (value) => value.numTraining = 99);
    }, "99"],
    ["a label file of another shape", async (dataset: string) => {
      const [from, to] = ["phantom_1001", "phantom_2001"].map((id) => join(dataset, "labelsTr", `${id}.nii.gz`));
      await Deno.copyFile(from, to);
    }, "phantom_2001.nii.gz"],
    [
      "labels that are all empty",
      (dataset: string) => changeLabels(dataset, () => 0),
      "(1 proximal, 2 distal, 3 gland)",
    ],
    [
      "labels between two structures",
      (dataset: string) => changeLabels(dataset, (value) => value + 0.5),
      "0.5 at voxel 0, 0, 0",
    ],
    ["too few labels at a site that has some", async (dataset: string) => {
      await changeJson(join(dataset, "dataset.json"), (value) => {
        value.training = (value.training as { image: string; label?: string }[]).map(({ image, label }) =>
          image.includes("phantom_1001") || image.includes("phantom_20") ? { image, label } : { image }
        );
      });
    }, "1 labelled subject(s) in all"],
  ] as const
) {
  Deno.test(`demo on ${title} is refused in one line`, () =>
    withDataset(change, async (dataset, out) => {
      const { code, errors } = await refused(["--data", dataset, "--peers", "2", "--out", out]);
      assertEquals([code, errors.length], [1, 1], errors.join("\n"));
      assertStringIncludes(errors[0], message);
      await assertRejects(() => Deno.stat(out), Deno.errors.NotFound); // nothing was made for it
    }));
}

for (
  const [args, message] of [
    [["--rounds", "1000000000"], 'field "schedule.rounds": 1000000000)'],
    [["--field-of-view", "6000", "--data", "."], 'field "data.fieldOfView": 6000)'],
    [["--labelled", "15", "--peers", "1"], "peer 1 (site 1) needs 15 labelled case(s)"],
    [["--cases", "3"], "needs at least 4 subjects"],
  ] as const
) {
  Deno.test(`demo ${args.join(" ")} is refused before a phantom or a folder is made`, () =>
    withDirectory(async (directory) => {
      const out = join(directory, "out");
      const { code, errors } = await refused([...args, "--out", out]);
      assertEquals([code, errors.length], [1, 1], errors.join("\n"));
      assertStringIncludes(errors[0], message);
      await assertRejects(() => Deno.stat(out), Deno.errors.NotFound);
    }));
}

Deno.test("a plain folder of volumes, without labels, is pre-trained on, and the report has no Dice", () =>
  withDataset(async () => {}, async (dataset, out) => {
    const folder = join(dataset, "imagesTr");
    const { code, errors } = await demo(["--data", folder, "--peers", "2", "--out", out, ...FEW]);
    assertEquals([code, errors.join("\n")], [0, ""]);
    const report = JSON.parse(await Deno.readTextFile(join(out, "report.json")));
    assertEquals([report.peers, report.dice.pretrained.mean, report.settings["labelled cases a site"]], [2, null, 0]);
    assertStringIncludes(await Deno.readTextFile(join(out, "report.html")), "No site has labelled cases");
  }));

Deno.test("demo leaves a folder that already holds results as it is", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(join(directory, "report.json"), "{}");
    const { code, errors } = await refused(["--out", directory]);
    assertEquals([code, errors.length], [1, 1]);
    assertStringIncludes(errors[0], "it must be new or empty");
    assertEquals(await Deno.readTextFile(join(directory, "report.json")), "{}");
  }));

Deno.test("a peer with a damaged volume says so and fails; the others come to their end", () =>
  withDataset(async (dataset) => {
    for (let number = 0; number < 4; number++) {
      const path = join(dataset, "imagesTr", `phantom_100${number}.nii.gz`);
      const whole = await Deno.readFile(path);
      await Deno.writeFile(path, whole.subarray(0, whole.length / 2));
    }
  }, async (dataset, out) => {
    const { code, errors } = await demo(["--data", "data", "--peers", "2", "--out", "out", ...FEW], dirname(dataset));
    assertEquals(code, 1);
    assert(
      errors.some((line) => /^site-1 ended with exit code 1: error: .*phantom_100\d\.nii\.gz/.test(line)),
      errors.join("\n"),
    );
    assert(!errors.some((line) => line.startsWith("site-2")), errors.join("\n"));
    const report = JSON.parse(await Deno.readTextFile(join(out, "report.json")));
    assertEquals([report.peers, report.missing.length], [1, 1]);
  }));
