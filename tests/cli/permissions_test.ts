/**
 * What commands say where Deno was not given a permission that they need: one sentence that names it, and nothing is
 * made. That of a file that is there must not read as if it were missing.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { describeError } from "../../src/cli/command.ts";
import { compare } from "../../src/cli/compare.ts";
import { demo } from "../../src/cli/demo.ts";
import { exportCommand } from "../../src/cli/export.ts";
import { finetune } from "../../src/cli/finetune.ts";
import { inspect } from "../../src/cli/inspect.ts";
import { predict } from "../../src/cli/predict.ts";
import { report } from "../../src/cli/report.ts";
import { score } from "../../src/cli/score.ts";
import { view } from "../../src/cli/view.ts";
import { siteToJson } from "../../src/peer/report/json.ts";
import { evaluateCommand } from "../../scripts/evaluate/main.ts";
import { prepare } from "../finetuning/_kept.ts";
import { site } from "../peer/report/_sample.ts";

type Permission = "read" | "write" | "net" | "run";

/** Each with the permissions without which it must end; DIR is a folder with a model, a data set and a report. */
const LINES: readonly (readonly [{ run(args: readonly string[]): Promise<void> }, string, readonly Permission[]])[] = [
  [predict, "--model DIR/model --input DIR/data --output DIR/new --engine cpu", ["read", "write"]],
  [exportCommand, "--model DIR/model --to onnx --output DIR/new", ["read", "write"]],
  [finetune, "--from DIR/model --data DIR/data --out DIR/new --labelled 1 --test 1 --engine cpu", ["read", "write"]],
  [score, "--reference DIR/data/labelsTr --prediction DIR/data/labelsTr --csv DIR/new.csv", ["read", "write"]],
  [report, "DIR/site.json --out DIR/new.html", ["read", "write"]],
  [compare, "DIR/site.json --html DIR/new.html", ["read", "write"]],
  [view, "DIR/data", ["read", "net"]],
  [inspect, "DIR/data/imagesTr/phantom_1000.nii.gz", ["read"]],
  [demo, "--out DIR/new", ["read", "write", "net", "run"]],
  [evaluateCommand, "--dataset DIR/data --out DIR/new", ["read", "run"]],
];

const directory = Deno.makeTempDirSync({ prefix: "syncytium-permissions-" });
globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
await prepare(directory);
await Deno.writeTextFile(join(directory, "site.json"), siteToJson(site("north")));
const BEFORE = ["data", "model", "site.json"];

/** The line that a command ends with. */
async function endOf([command, line]: (typeof LINES)[number]): Promise<string> {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    await command.run(line.replaceAll("DIR", directory).split(" "));
    return "it came to its end";
  } catch (error) {
    return describeError(error);
  } finally {
    [console.log, console.error] = [log, error];
  }
}

const ALL = { read: true, write: true, net: true, env: true, sys: true, run: true, ffi: true };

for (const permission of ["read", "write", "net", "run"] as const) {
  Deno.test({
    name: `without --allow-${permission} commands end with one sentence that names it`,
    permissions: { ...ALL, [permission]: false },
    async fn() {
      for (const each of LINES.filter(([, , needed]) => needed.includes(permission))) {
        const line = await endOf(each);
        assertMatch(line, new RegExp(`^error: .*--allow-${permission}\\b`), each[1]);
        assert(!/\n|unexpected, at|must exist|must hold/.test(line), `${each[1]}: ${line}`);
      }
    },
  });
}

Deno.test("and nothing is made", () => {
  assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), BEFORE);
});
