/**
 * `deno task compare RUN RUN…`: runs, scores and models side by side, with paired tests.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { differencesOf } from "../comparing/differences.ts";
import { comparisonPage } from "../comparing/page.ts";
import { type PairedTest, pairedTests } from "../comparing/paired_tests.ts";
import { readRun } from "../comparing/read_run.ts";
import type { Compared } from "../comparing/run.ts";
import { casesOf, classTable, figureOf, meansTable, measuredFields, testTable } from "../comparing/tables.ts";
import { bidsPerson } from "../data/datasets/case_ids.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { textTable } from "../display/tables/text.ts";
import { defineCommand, path, rest, toggle } from "./flags/mod.ts";
import { requireWritable, writeOutput } from "./output_file.ts";

const WRITING = "writing the comparison";

/** Whose a case is: by the dataset's tables, else by BIDS's `sub-…`, else each is somebody's own. */
async function unitsOf(data: string | undefined): Promise<(id: string) => string> {
  const byName = (id: string) => bidsPerson(id) ?? id;
  if (data === undefined) return byName;
  const subjects = new Map((await openDataset(data)).cases.map(({ id, subject }) => [id, subject]));
  return (id) => subjects.get(id) ?? byName(id);
}

async function readRuns(runs: readonly string[]): Promise<Compared[]> {
  const sides: Compared[] = [];
  for (const run of runs) sides.push(...await readRun(run));
  const twice = sides.find(({ name }, i) => sides.findIndex((side) => side.name === name) !== i);
  if (twice === undefined) return sides;
  throw new UserError("comparing runs: each run must be named once", { where: twice.name });
}

function asJson(sides: readonly Compared[], tests: readonly PairedTest[], unitOf: (id: string) => string): string {
  const fields = measuredFields(sides);
  return JSON.stringify({
    runs: sides.map((side) => ({
      name: side.name,
      cases: casesOf(side),
      means: Object.fromEntries(fields.map((field) => [field, figureOf(side, field, unitOf) ?? null])),
    })),
    tests: tests.map(({ field, side, against, difference, test: { pairs, p, effect }, adjusted }) => ({
      ...{ metric: field, run: side, against, pairs, difference: difference.mean, effect, p, adjusted },
    })),
  });
}

/** The command. */
export const compare = defineCommand({
  name: "compare",
  does: "runs, scores and models side by side: means with their spread, paired tests, curves",
  notes: [
    "A RUN is a demo's folder, a peer's results, an evaluation's folder, what score wrote (.csv, .json), or a model's",
    "folder. Each method is tested against the first one.",
  ],
  arguments: { runs: rest(path("RUN", "a folder or a file")) },
  flags: {
    data: path("DIR", "the data set of the test cases, whose tables say which of them are one patient's"),
    html: path("FILE", "where to write tables, Dice by case and curves as a page"),
    json: toggle("one JSON object instead of text"),
  },
  example: "out/demo-1 scores.csv --html comparison.html",
  async run({ arguments: { runs }, flags: { data, html, json } }) {
    if (html !== undefined) await requireWritable(html, WRITING);
    const sides = await readRuns(runs);
    const unitOf = await unitsOf(data);
    for (const difference of differencesOf(sides)) console.error(`warning: ${difference}`);
    const tests = pairedTests(sides, unitOf);
    const tables = [
      meansTable(sides, unitOf),
      classTable(sides, unitOf),
      ...(tests.length > 0 ? [testTable(tests)] : []),
    ];
    if (html !== undefined) await writeOutput(html, comparisonPage(sides, tables), WRITING);
    if (json) console.log(asJson(sides, tests, unitOf));
    else console.log(tables.map((table) => `${table.title}\n\n${textTable(table)}\n${table.note}`).join("\n\n"));
  },
});

if (import.meta.main) await compare.main();
