/**
 * What every command says to a path that is wrong: one sentence that names it, and nothing is made. A line's paths are
 * in braces with what they must be: each of them is wrong in turn, in every way that there is.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { basename, dirname, fromFileUrl, join } from "@std/path";
import { node } from "../../peers/node.ts";
import { relay } from "../../peers/relay.ts";
import { attack } from "../../scripts/attack/main.ts";
import { byzantine } from "../../scripts/byzantine/main.ts";
import { evaluateCommand } from "../../scripts/evaluate/main.ts";
import { profile } from "../../scripts/profile/main.ts";
import { seedsCommand } from "../../scripts/seeds/main.ts";
import { audit } from "../../src/cli/audit.ts";
import { charter } from "../../src/cli/charter.ts";
import { describeError } from "../../src/cli/command.ts";
import { compare } from "../../src/cli/compare.ts";
import { demo } from "../../src/cli/demo.ts";
import { exportCommand } from "../../src/cli/export.ts";
import { finetune } from "../../src/cli/finetune.ts";
import { identity } from "../../src/cli/identity.ts";
import { init } from "../../src/cli/init.ts";
import { inspect } from "../../src/cli/inspect.ts";
import { predict } from "../../src/cli/predict.ts";
import { report } from "../../src/cli/report.ts";
import { score } from "../../src/cli/score.ts";
import { view } from "../../src/cli/view.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { siteToJson } from "../../src/peer/report/json.ts";
import { scoresToCsv } from "../../src/scoring/csv.ts";
import { prepare } from "../finetuning/_kept.ts";
import { site } from "../peer/report/_sample.ts";
import { withDirectory } from "../peer/_site.ts";

const EXAMPLE = fromFileUrl(new URL("../../peers/example.json", import.meta.url));

/** What is wrong for each kind of path, by its name in the folder that {@linkcode lay} lays out. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  /** A folder that is read. */
  dir: ["missing", "text.txt", "hollow"],
  /** A file that is read. */
  file: ["missing", "hollow", "empty"],
  /** Either. */
  any: ["missing", "hollow", "text.txt"],
  /** A folder or file that is made. */
  made: ["text.txt/below"],
  /** A file that is made, or takes another's place. */
  out: ["text.txt/below", "hollow", "pipe"],
};

const LINES: readonly (readonly [{ run(args: readonly string[]): Promise<void> }, string])[] = [
  [inspect, "{file:data/imagesTr/phantom_1000.nii.gz}"],
  [predict, "--model {dir:model} --input {any:data} --output {made:new}"],
  [finetune, "--from {dir:model} --data {dir:data} --out {made:new}"],
  [exportCommand, "--model {dir:model} --to onnx --output {made:new}"],
  [exportCommand, "--model model --to monai --output {made:new}"],
  [view, "{any:data} --truth {dir:data/labelsTr} --prediction {dir:data/labelsTr} --data {dir:data}"],
  [init, "--site {made:new} --name n --data {dir:data} --consortium c --mdns --privacy open"],
  [init, "--site new --name n --data data --charter {file:missing} --mdns --privacy open"],
  [identity, "--state {made:new}"],
  [charter, "join --state {made:new} --name n --consortium c --out {out:new.json}"],
  [charter, `create {file:n.join.json} --config ${EXAMPLE} --threshold 1 --state {dir:state} --out {made:new}`],
  [charter, "create n.join.json --config {file:missing} --threshold 1 --state state"],
  [charter, "show {file:missing}"],
  [charter, "verify {file:missing}"],
  [charter, "approve {file:missing} --state state"],
  [charter, "merge {file:missing} text.txt"],
  [charter, "withdraw {file:missing}"],
  [charter, "admit {file:missing} n.join.json --state state"],
  [charter, "revoke {file:missing} north --state state"],
  [charter, "rotate {file:missing} --state state"],
  [charter, "threshold {file:missing} 2 --state state"],
  [node, "--config {file:missing}"],
  [relay, "--state {made:new} --listen /ip4/127.0.0.1/tcp/0"],
  [audit, "{file:missing}"],
  [audit, "state/audit.jsonl --anchors {file:missing}"],
  [report, "{any:site.json} --out new.html"],
  [score, "--reference {dir:data/labelsTr} --prediction {dir:data/labelsTr} --csv {out:new.csv}"],
  [compare, "{any:scores.csv} --html {out:new.html} --data {dir:data}"],
  [demo, "--data {dir:data} --peers 2 --out {made:new}"],
  [profile, "--out {out:new.html}"],
  [evaluateCommand, "--dataset {dir:data} --out {made:new}"],
  [evaluateCommand, "--dataset data --protocol ./{file:missing} --out new"],
  [attack, "--data {dir:data} --out {made:new}"],
  [byzantine, "--out {made:new}"],
  [seedsCommand, "--name n --seeds 1 --data {dir:data}"],
];

/** What the lines name, and what they name instead. */
async function lay(directory: string): Promise<void> {
  const path = (name: string) => join(directory, name);
  await startEngine({ engine: "cpu" });
  const { from, data } = await prepare(directory);
  assertEquals([from, data], [path("model"), path("data")]);
  await Deno.writeTextFile(path("site.json"), siteToJson(site("north")));
  await charter.run([
    "join",
    "--state",
    path("state"),
    "--name",
    "n",
    "--consortium",
    "c",
    "--out",
    path("n.join.json"),
  ]);
  const figures = { dice: 0.5, iou: 0.4, hd95: 3, assd: 1, surfaceDice: 0.9, volumeDifference: -2 };
  await Deno.writeTextFile(path("scores.csv"), scoresToCsv([{ case: "a", class: "liver", ...figures }]));
  await Deno.writeTextFile(path("text.txt"), "no more than a line of text");
  await Deno.writeTextFile(path("empty"), "");
  await Deno.mkdir(path("hollow"));
  assert((await new Deno.Command("mkfifo", { args: [path("pipe")] }).output()).success);
}

/** Every line with one of its paths wrong, and that path. */
function wrongLines(line: string): { args: string[]; wrong: string }[] {
  const paths = [...line.matchAll(/\{(\w+):([^}]+)\}/g)];
  const right = (text: string) => text.replaceAll(/\{\w+:([^}]+)\}/g, "$1");
  return paths.flatMap(({ 0: { length }, 1: kind, index }) =>
    WRONG[kind].map((wrong) => ({
      args: (right(line.slice(0, index)) + wrong + right(line.slice(index + length))).split(" "),
      wrong,
    }))
  );
}

const all = (directory: string): string[] =>
  [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [name, ...all(join(directory, name))] : [name]
  ).sort();

/** The line that a command ends with; undefined where it comes to its end. */
async function endOf(command: { run(args: readonly string[]): Promise<void> }, args: readonly string[]) {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    await command.run(args);
    return undefined;
  } catch (error) {
    return describeError(error);
  } finally {
    [console.log, console.error] = [log, error];
  }
}

Deno.test("every command refuses a path that is missing, of another kind, empty or not to be written, and names it", () =>
  withDirectory(async (directory) => {
    await lay(directory);
    const before = all(directory), home = Deno.cwd();
    Deno.chdir(directory);
    try {
      for (const [command, line] of LINES) {
        for (const { args, wrong } of wrongLines(line)) {
          const told = await endOf(command, args), context = `${line} with ${wrong}: ${told}`;
          assertMatch(told ?? "", /^error: .+$/, context);
          assert(!/unexpected, at|os error/.test(told!), context);
          const named = wrong.includes("/") ? basename(dirname(wrong)) : wrong;
          assertStringIncludes(told!, named, context);
          assertEquals(all(directory), before, context);
        }
      }
    } finally {
      Deno.chdir(home);
    }
  }));
