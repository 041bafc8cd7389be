/** What commands that write say on a disk that is full, and that nothing half-written is left. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { charter } from "../../src/cli/charter.ts";
import { describeError } from "../../src/cli/command.ts";
import { compare } from "../../src/cli/compare.ts";
import { exportCommand } from "../../src/cli/export.ts";
import { finetune } from "../../src/cli/finetune.ts";
import { identity } from "../../src/cli/identity.ts";
import { predict } from "../../src/cli/predict.ts";
import { report } from "../../src/cli/report.ts";
import { score } from "../../src/cli/score.ts";
import { siteToJson } from "../../src/peer/report/json.ts";
import { scoresToCsv } from "../../src/scoring/csv.ts";
import { prepare } from "../finetuning/_kept.ts";
import { site } from "../peer/report/_sample.ts";
import { withDirectory } from "../peer/_site.ts";

/** A disk of 16 kB at `directory`, which is made; undefined where none can be mounted. */
function mountSmallDisk(directory: string): Disposable | undefined {
  const does = (command: string, ...args: string[]) => new Deno.Command(command, { args, stderr: "null" }).outputSync();
  Deno.mkdirSync(directory);
  if (!does("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", directory).success) return undefined;
  return { [Symbol.dispose]: () => does("umount", directory) };
}

/** Whether this user may mount one here. */
function mayMount(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const directory = Deno.makeTempDirSync();
  try {
    using disk = mountSmallDisk(join(directory, "disk"));
    return disk !== undefined;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

const isMountable = mayMount();

/** Runs `test` with a folder on a disk of its own, which is full. */
async function withFullDisk(directory: string, test: (full: string) => Promise<void>): Promise<void> {
  const full = join(directory, "full");
  using _disk = mountSmallDisk(full);
  await Deno.writeFile(join(full, "filler"), new Uint8Array(2 ** 16)).catch(() => {}); // it is full now
  await test(full);
}

/** Files that hold anything. */
const left = (directory: string): string[] =>
  [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = join(directory, name);
    return isDirectory ? left(path) : name !== "filler" && Deno.statSync(path).size > 0 ? [path] : [];
  });

async function endOf(command: { run(args: readonly string[]): Promise<void> }, args: readonly string[]) {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    await command.run(args);
    return "it came to its end";
  } catch (error) {
    return describeError(error);
  } finally {
    [console.log, console.error] = [log, error];
  }
}

Deno.test({
  name: `on a full disk a command says so in a sentence, and leaves nothing${
    isMountable ? "" : " (skipped: no disk can be mounted)"
  }`,
  ignore: !isMountable,
  fn: () =>
    withDirectory(async (directory) => {
      const { from, data } = await prepare(directory),
        [sites, scores] = ["site.json", "a.csv"].map((n) => join(directory, n));
      await Deno.writeTextFile(sites, siteToJson(site("north")));
      const figures = { dice: 0.5, iou: 0.4, hd95: 3, assd: 1, surfaceDice: 0.9, volumeDifference: -2 };
      await Deno.writeTextFile(scores, scoresToCsv([{ case: "a", class: "liver", ...figures }]));
      const image = join(data, "imagesTr", "phantom_1000.nii.gz"), labels = join(data, "labelsTr");
      const lines = [
        [predict, `--model ${from} --input ${image} --output FULL/out --engine cpu`],
        [finetune, `--from ${from} --data ${data} --out FULL/out --steps 1 --test 1 --labelled 1 --engine cpu`],
        [exportCommand, `--model ${from} --to onnx --output FULL/model.onnx`],
        [exportCommand, `--model ${from} --to pytorch --output FULL/folder`],
        [identity, "--state FULL/state"],
        [charter, "join --state FULL/keys --name n --consortium c --out FULL/n.join.json"],
        [report, `${sites} --out FULL/page.html`],
        [score, `--reference ${labels} --prediction ${labels} --csv FULL/scores.csv`],
        [compare, `${scores} --html FULL/page.html`],
      ] as const;
      await withFullDisk(directory, async (full) => {
        for (const [command, line] of lines) {
          const told = await endOf(command, line.replaceAll("FULL", full).split(" "));
          assertStringIncludes(told, "the disk is full; free some of it, or name a place on another", line);
          assert(/^error: .+$/.test(told) && !told.includes("unexpected"), told);
          assertEquals(left(full), [], line);
        }
      });
    }),
});
