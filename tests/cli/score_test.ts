/** `deno task score`, but for what it measures: `tests/scoring` has that. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { score } from "../../src/cli/score.ts";
import { UserError } from "../../src/core/errors.ts";
import { scoresFromCsv } from "../../src/scoring/csv.ts";
import { withFolder } from "../data/_files.ts";
import { writeFolders, writeMap } from "../scoring/_files.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** A slow machine is told how far the work is. */
const isProgress = (line: string) => /^scored \d+ of \d+ cases$/.test(line);

/** What the command writes to stdout and stderr, and the error that it ends with. */
async function run(...args: string[]): Promise<{ out: string; told: string[]; error?: UserError }> {
  const { log, error: logError } = console;
  const out: string[] = [], told: string[] = [];
  console.log = (line: string) => void out.push(line);
  console.error = (line: string) => void (isProgress(line) || told.push(line));
  try {
    await score.run(args);
    return { out: out.join("\n"), told };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { out: out.join("\n"), told, error };
  } finally {
    console.log = log;
    console.error = logError;
  }
}

Deno.test("score prints cases and means as tables, and writes the same rows as CSV and JSON", () =>
  withFolder(async (directory) => {
    const { reference, prediction } = await writeFolders(directory);
    const args = ["--reference", reference, "--prediction", prediction, "--labels", "1=liver,2=spleen"];
    const csv = join(directory, "scores.csv");
    const text = await run(...args, "--csv", csv, "--tolerance", "3");
    assertEquals([text.error, text.told], [undefined, []]);
    assertMatch(
      text.out,
      /^case {2}class +Dice +IoU +HD95 in mm +ASSD in mm +Surface Dice at 3 mm +Volume difference in ml\n/,
    );
    assertMatch(text.out, /\na {5}liver +0\.667 +0\.500 +9\.5 /);
    assertMatch(text.out, /\nb {5}spleen +0\.000 +0\.000 +missed +missed +0\.000 +1\n/);
    assertMatch(text.out, /\nmissed: only one of reference and prediction has the structure\.\n/);
    assertMatch(text.out, /\nliver +3 +0\.889 ± 0\.192 /);
    assertMatch(text.out, /\nall classes +3 /);
    const { out, error } = await run(...args, "--json");
    assertEquals(error, undefined);
    const rows = scoresFromCsv(await Deno.readTextFile(csv), csv);
    assertEquals(
      JSON.parse(out).map((row: { hd95: number | null }) => row.hd95),
      rows.map(({ hd95 }) => hd95 === Infinity ? null : hd95),
    );
  }));

Deno.test("score goes on after a case at fault, names it, and ends with a sentence", () =>
  withFolder(async (directory) => {
    const { reference, prediction } = await writeFolders(directory);
    await writeMap(join(prediction, "c.nii.gz"), [1, 0], { dims: [2, 1, 1] });
    for (const id of ["d", "e"]) await writeMap(join(reference, `${id}.nii`), [1, 1, 0, 0, 0, 0, 0, 0]);
    const { out, told, error } = await run("--reference", reference, "--prediction", prediction, "--json");
    assertEquals(JSON.parse(out).map((row: { case: string }) => row.case), ["a", "a", "b", "b"]);
    assertEquals(told.length, 2);
    assertMatch(
      told[0],
      /^not scored: c: scoring a case: a prediction must have the shape .* \(.*c\.nii\.gz: 2x1x1\)$/,
    );
    assertEquals(told[1], "not scored: d, e: it has no prediction");
    assertEquals(error?.message, "scoring: every case must be scored, 3 of 5 were not (c, d, e)");
  }));

Deno.test("mistakes on the command line and in paths are told before a volume is read", () =>
  withFolder(async (directory) => {
    const { reference, prediction } = await writeFolders(directory);
    const both = ["--reference", reference, "--prediction", prediction];
    for (
      const [args, rule] of [
        [[], "the flag --reference is needed; usage: score --reference DIR --prediction DIR [--json]"],
        [["--reference", reference], "the flag --prediction is needed"],
        [[...both, "--tolerence", "1"], "unknown flag --tolerence (did you mean --tolerance?)"],
        [[...both, "--tolerance=-1"], "the flag --tolerance must be a number of at least 0, got -1"],
        [
          [...both, "--labels", "liver"],
          "the flag --labels must list values and names, such as 1=liver,2=spleen, got liver",
        ],
        [[...both, "--csv", directory], `it must be a file, not a folder (${directory})`],
        [
          [...both, "--csv", join(directory, "no", "a.csv")],
          `the folder of the file must exist (${join(directory, "no")})`,
        ],
        [["--reference", join(directory, "no"), "--prediction", prediction], "the folder of the references must exist"],
      ] as const
    ) {
      const error = await assertRejects(() => score.run(args), UserError);
      assertStringIncludes(error.message, rule);
    }
  }));

Deno.test("the task has the permissions that it needs; JSON is on stdout, faults are on stderr, the exit code is 1", () =>
  withFolder(async (directory) => {
    const { reference, prediction } = await writeFolders(directory);
    await writeMap(join(reference, "d.nii"), [1, 1, 0, 0, 0, 0, 0, 0]);
    const args = ["--reference", reference, "--prediction", prediction, "--json", "--csv", join(directory, "s.csv")];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...deno.tasks.score.command.split(" ").slice(2), ...args],
      ...{ cwd: ROOT, env: { NO_COLOR: "1" } },
    }).output();
    const text = new TextDecoder();
    assertEquals(text.decode(stderr).trimEnd().split("\n").filter((line) => !isProgress(line)), [
      "not scored: d: it has no prediction",
      "error: scoring: every case must be scored, 1 of 4 were not (d)",
    ]);
    assertEquals([code, JSON.parse(text.decode(stdout)).length], [1, 6]);
  }));
