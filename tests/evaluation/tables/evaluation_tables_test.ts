import { assertEquals } from "@std/assert";
import { evaluationTables } from "../../../src/evaluation/tables/evaluation_tables.ts";
import { PAPER_LABELLED, PAPER_ROWS, paperFigure } from "../../../src/evaluation/tables/paper.ts";
import { evaluation, row } from "../_results.ts";

Deno.test("the tables say what the rows say, beside the paper's figures", () => {
  const tables = evaluationTables(evaluation(), { paper: true, method: "fcl" });
  assertEquals(tables.map(({ title }) => title), [
    "Dice, local fine-tuning, over sites",
    "Dice, local fine-tuning, over seeds",
    "HD95 in mm, local fine-tuning, over sites",
    "HD95 in mm, local fine-tuning, over seeds",
    "Dice by class, local fine-tuning",
    "Dice, paired tests",
    "HD95 in mm, paired tests",
  ]);
  const [sites, seeds, hd95, , classes, tests] = tables;
  assertEquals(sites.header, ["method", "N = 1", "paper, N = 1", "N = 2", "paper, N = 2"]);
  assertEquals(sites.rows, [
    ["scratch", "0.290 ± 0.028", "0.280 ± 0.037", "0.390 ± 0.028", "0.414 ± 0.070"],
    ["fcl", "0.390 ± 0.028", "0.506 ± 0.056", "0.490 ± 0.028", "0.631 ± 0.051"],
  ]);
  assertEquals(seeds.rows[1][1], "0.390 ± 0.014");
  assertEquals(hd95.rows.map(([, first]) => first), ["4.500 ± 0.707, 8 missed", "3.500 ± 0.707"]);
  assertEquals(classes.rows[1], ["fcl, N = 1", "0.340 ± 0.028", "0.440 ± 0.028"]);
  assertEquals(tests.rows[0].slice(0, 6), ["fcl against scratch", "local", "1", "6", "+0.100", "1.000"]);
});

Deno.test("one seed needs no table over seeds, and no rows give no tables", () => {
  const tables = evaluationTables([row()], { method: "fcl" });
  assertEquals(tables.map(({ title }) => title.split(",")[0]), ["Dice", "HD95 in mm", "ASSD in mm", "Dice by class"]);
  assertEquals(evaluationTables([], { method: "fcl" }), []);
});

Deno.test("the paper's rows are whole, and FCL leads in each of its columns", () => {
  assertEquals(PAPER_ROWS.length, 14);
  for (const mode of ["local", "federated"] as const) {
    const rows = PAPER_ROWS.filter((one) => one.mode === mode);
    PAPER_LABELLED.forEach((labelled, i) => {
      const best = rows.toSorted((a, b) => b.figures[i].mean - a.figures[i].mean)[0];
      assertEquals([best.method, best.figures[i].sd !== null], ["fcl", true]);
      assertEquals(paperFigure("fcl", mode, labelled), best.figures[i]);
    });
    for (const { figures } of rows) {
      assertEquals(
        figures.map(({ mean }) => mean).toSorted(),
        figures.map(({ mean }) => mean),
      );
    }
  }
  assertEquals(paperFigure("fcl", "local", 3), undefined);
  assertEquals(paperFigure("byol", "local", 1), undefined);
});
