/** `deno task compare`, but for what it reads and reckons: `tests/comparing` has that. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { compare } from "../../src/cli/compare.ts";
import { UserError } from "../../src/core/errors.ts";
import { scoresToCsv } from "../../src/scoring/csv.ts";
import { counting, withFolder } from "../data/_files.ts";

/** Scores of one class of some cases, of which only Dice differs. */
async function writeScores(path: string, figures: Record<string, number>): Promise<string> {
  const others = { iou: 0.5, hd95: 3, assd: 1, surfaceDice: 0.9, volumeDifference: -2 };
  const rows = Object.entries(figures).map(([id, dice]) => ({ case: id, class: "liver", dice, ...others }));
  await Deno.writeTextFile(path, scoresToCsv(rows));
  return path;
}

/** What the command writes to stdout and stderr. */
async function run(...args: string[]): Promise<{ out: string; told: string[] }> {
  const { log, error } = console;
  const out: string[] = [], told: string[] = [];
  console.log = (line: string) => void out.push(line);
  console.error = (line: string) => void told.push(line);
  try {
    await compare.run(args);
  } finally {
    [console.log, console.error] = [log, error];
  }
  return { out: out.join("\n"), told };
}

Deno.test("compare prints means and tests, warns of what differs, and writes the page", () =>
  withFolder(async (directory) => {
    const a = await writeScores(join(directory, "a.csv"), { p1: 0.5, p2: 0.6, p3: 0.7, p4: 0.8 });
    const b = await writeScores(join(directory, "b.csv"), { p1: 0.6, p2: 0.62, p3: 0.73 });
    const html = join(directory, "page.html");
    const { out, told } = await run(a, b, "--html", html);
    assertEquals(told, [`warning: ${b} and ${a} share 3 cases, of 3 and 4: these are paired`]);
    assertMatch(
      out,
      /^Means\n\nrun +cases +Dice +IoU +HD95 in mm +ASSD in mm +Surface Dice +Volume difference in ml\n/,
    );
    assertMatch(out, /a\.csv +4 +0\.650 ± 0\.129 /);
    assertMatch(
      out,
      /\n\nPaired tests\n\n.*\n.*\n.*b\.csv against .*a\.csv {2}Dice +3 +\+0\.050 +1\.000 +0\.25 +0\.25\n/,
    );
    assertStringIncludes(await Deno.readTextFile(html), "0.650 ± 0.129");
    const json = JSON.parse((await run(a, b, "--json")).out);
    assertEquals(json.runs.map(({ name, cases }: { name: string; cases: number }) => [name, cases]), [[a, 4], [b, 3]]);
    assertEquals(json.tests.find(({ metric }: { metric: string }) => metric === "dice").p, 0.25);
  }));

Deno.test("cases are paired by patient, as BIDS's names or a data set's tables tell", () =>
  withFolder(async (directory) => {
    const pairsOf = async (ids: string[], ...args: string[]) => {
      const figures = (shift: number) => Object.fromEntries(ids.map((id, i) => [id, 0.5 + i / 10 + shift]));
      const a = await writeScores(join(directory, "a.csv"), figures(0));
      const b = await writeScores(join(directory, "b.csv"), figures(0.1));
      return JSON.parse((await run(a, b, "--json", ...args)).out).tests[0].pairs;
    };
    assertEquals(await pairsOf(["sub-1_ses-1", "sub-1_ses-2", "sub-2"]), 2);
    const data = join(directory, "data");
    await Deno.mkdir(data);
    for (const id of ["x", "y", "z"]) await Deno.writeFile(join(data, `${id}.nii`), counting([2, 2, 2]));
    await Deno.writeTextFile(join(data, "subjects.tsv"), "case\tsubject\nx\t1\ny\t1\nz\t1\n");
    assertEquals(await pairsOf(["x", "y", "z"]), 3);
    assertEquals(await pairsOf(["x", "y", "z"], "--data", data), 1);
  }));

Deno.test("mistakes are told in a sentence", () =>
  withFolder(async (directory) => {
    const a = await writeScores(join(directory, "a.csv"), { p1: 0.5 });
    for (
      const [args, rule] of [
        [[], "at least 1 argument(s) expected, 0 given; usage: compare RUN…"],
        [[a, "--htlm", "x"], "unknown flag --htlm (did you mean --html?)"],
        [[a, a], `each run must be named once (${a})`],
        [[a, join(directory, "b.csv")], "a run must exist ("],
        [
          [a, "--html", join(directory, "no", "x.html")],
          `the folder of the file must exist (${join(directory, "no")})`,
        ],
        [[a, "--data", join(directory, "no")], join(directory, "no")],
      ] as const
    ) {
      const error = await assertRejects(() => compare.run(args), UserError);
      assertStringIncludes(error.message, rule);
    }
  }));
