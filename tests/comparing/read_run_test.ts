/** Runs of every kind, from the disk. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readRun } from "../../src/comparing/read_run.ts";
import { UserError } from "../../src/core/errors.ts";
import { Results } from "../../src/evaluation/results/results.ts";
import { writeModel } from "../../src/models/folder.ts";
import { siteToJson } from "../../src/peer/report/json.ts";
import { scoresToCsv } from "../../src/scoring/csv.ts";
import { scoresToJson } from "../../src/scoring/json.ts";
import { withFolder } from "../data/_files.ts";
import { CELLS, COST, rowsOf } from "../evaluation/results/_rows.ts";
import { encoderFacts, facts, VECTORS } from "../models/_model.ts";
import { measuredSites, twoSites, unlabelled } from "../peer/report/_sample.ts";

const absent = { dice: null, iou: null, hd95: null, assd: null, surfaceDice: null, volumeDifference: null };
const scores = [{
  case: "a",
  class: "liver",
  ...absent,
  dice: 0,
  iou: 0,
  hd95: Infinity,
  assd: Infinity,
  surfaceDice: 0,
}];

async function write(directory: string, name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, text);
  return path;
}

Deno.test("a demo has a side for each method with the cases of all sites, and curves of their means", () =>
  withFolder(async (directory) => {
    const sites = measuredSites();
    for (const site of sites) await write(directory, `sites/${site.name}/results/site.json`, siteToJson(site));
    await write(directory, "sites/consortium.json", "{}");
    const [pretrained, scratch, ...rest] = await readRun(`${directory}/`);
    assertEquals([pretrained.name, scratch.name, rest], [`${directory}: FCL`, `${directory}: from scratch`, []]);
    const cases = sites.flatMap(({ dice }) => dice.filter(({ method }) => method === "scratch"));
    assertEquals(
      scratch.rows,
      cases.flatMap(({ case: id, perClass, hd95 }) =>
        Object.entries(perClass).map(([name, dice]) => ({
          ...{ case: id, class: name },
          scores: { dice, hd95: hd95![name] },
        }))
      ),
    );
    assertEquals(pretrained.curves.map(({ title, xLabel, points }) => [title, xLabel, points]), [
      ["Loss of pre-training", "round", [[1, 3], [2, 1.5]]],
      ["Distance between the sites' weights", "round", pretrained.curves[1].points],
      ["Loss of fine-tuning", "step", [[1, 1], [2, 0.5]]],
    ]);
    assertEquals(scratch.curves.map(({ title }) => title), ["Loss of fine-tuning"]);
  }));

Deno.test("one site's results are read from their folder and from the report alone", () =>
  withFolder(async (directory) => {
    const [north] = twoSites();
    const path = await write(directory, "site.json", siteToJson(north));
    const [folder, file] = [await readRun(directory), await readRun(path)];
    await write(directory, "hospital/results/site.json", siteToJson(north));
    assertEquals((await readRun(join(directory, "hospital"))).map(({ rows }) => rows), file.map(({ rows }) => rows));
    assertEquals(folder.map(({ name }) => name), [`${directory}: FCL`, `${directory}: from scratch`]);
    assertEquals(folder.map(({ rows }) => rows), file.map(({ rows }) => rows));
    assertEquals(Object.keys(folder[0].rows[0].scores), ["dice"]); // what earlier versions reported
  }));

Deno.test("an evaluation has a side for each method, way of fine-tuning and number of labels, seeds averaged", () =>
  withFolder(async (directory) => {
    {
      using results = await Results.open(directory);
      for (const cell of [...CELLS, { ...CELLS[0], seed: 12 }]) {
        const shift = cell.seed === 12 && cell.method === "scratch" ? 0.1 : 0;
        const rows = rowsOf(cell).map(({ measures, ...row }) => ({
          ...row,
          measures: { ...measures, dice: measures.dice === null ? null : measures.dice! - shift },
        }));
        const curve = rows.map(({ measures, ...row }) => ({ ...row, step: 5, dice: measures.dice! }));
        await results.add(cell, rows, COST, { curve });
      }
    }
    const sides = await readRun(directory);
    assertEquals(sides.map(({ name, rows }) => [name.slice(directory.length), rows.length]), [
      [": scratch, local, N = 1", 6],
      [": fcl, local, N = 1", 6],
      [": fcl-paper, federated, N = 4", 6],
    ]);
    const [first] = sides[0].rows;
    const missed = sides[0].rows.find((row) => row.case === "b" && row.class === "MYO")!;
    assertEquals([first.case, first.class, first.scores], ["case 0", "RV", {
      ...{ dice: (1 / 7 + (1 / 7 - 0.1)) / 2, iou: 0.5, hd95: 1e-7, assd: 12.3456789, volumeDifference: -0.25 },
    }]);
    assertEquals(missed.scores, { dice: null });
    assertEquals(sides[0].curves.map(({ title, points }) => [title, points.length]), [[
      "Dice by step of fine-tuning",
      1,
    ]]);
  }));

Deno.test("scores are read as CSV and as JSON, and a model tells its means", () =>
  withFolder(async (directory) => {
    const paths = [
      await write(directory, "scores.csv", scoresToCsv(scores)),
      await write(directory, "scores.json", scoresToJson(scores)),
    ];
    const { case: id, class: name, ...own } = scores[0];
    for (const path of paths) {
      assertEquals(await readRun(path), [{ name: path, rows: [{ case: id, class: name, scores: own }], curves: [] }]);
    }
    const model = join(directory, "model");
    await writeModel(model, facts(), VECTORS);
    assertEquals(await readRun(model), [{
      ...{ name: model, rows: [], curves: [] },
      told: { cases: 2, dice: 0.75, classes: { kidney: 0.75, tumour: null } },
    }]);
  }));

Deno.test("what is no run, or has tested nothing, is refused with what one may be", () =>
  withFolder(async (directory) => {
    const refused = async (run: string, rule: string) =>
      assertStringIncludes((await assertRejects(() => readRun(run), UserError)).message, rule);
    await refused(join(directory, "none"), "comparing runs: a run must exist (");
    await refused(directory, "a run must be a demo's folder, a peer's results, an evaluation's folder, scores");
    await refused(await write(directory, "notes.txt", ""), "a run must be a demo's folder");
    await refused(await write(directory, "empty.csv", scoresToCsv([])), "a run must have tested something (");
    await refused(await write(directory, "torn.csv", "case\n"), "the first line must be case,class,dice");
    await refused(await write(directory, "torn.json", "["), "must be JSON");
    await refused(await write(directory, "other.json", "{}"), "reading a site's report: ");
    await write(directory, "site/site.json", siteToJson(unlabelled("west")));
    await refused(join(directory, "site"), "a run must have tested something (");
    await writeModel(join(directory, "encoder"), encoderFacts(), VECTORS);
    await refused(join(directory, "encoder"), "an encoder predicts nothing, and has no figures (");
    await writeModel(join(directory, "untested"), facts({ dice: null }), VECTORS);
    await refused(join(directory, "untested"), "a run must have tested something (");
  }));
