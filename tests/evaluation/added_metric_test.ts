/** What a metric that a program registers takes: nothing but its entry. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { readEvent, writeEvent } from "../../scripts/evaluate/_group.ts";
import { UserError } from "../../src/core/errors.ts";
import { planCells } from "../../src/evaluation/plan/cells.ts";
import { readResults, Results } from "../../src/evaluation/results/results.ts";
import { formatRow, parseRows, resultHeader } from "../../src/evaluation/results/row.ts";
import { evaluationTables } from "../../src/evaluation/tables/evaluation_tables.ts";
import { measureClasses } from "../../src/segmentation/metrics/measure.ts";
import type { Metric } from "../../src/segmentation/metrics/metric.ts";
import { metrics } from "../../src/segmentation/metrics/metrics.ts";
import { withFolder } from "../data/_files.ts";
import { COST } from "./results/_rows.ts";

/** The volumes' ratio, from 1 on; Infinity where one of them is empty. */
const ratio: Metric = {
  name: "volume-ratio",
  title: "Volume ratio",
  unit: "times",
  better: "lower",
  range: [1, Infinity],
  infinite: true,
  measure({ overlap: { prediction, truth } }) {
    const [less, more] = [Math.min(prediction, truth), Math.max(prediction, truth)];
    return more === 0 ? null : more / less;
  },
};

const [cell] = planCells({ methods: ["scratch"], modes: ["local"], labelled: [1], folds: 1, seeds: [11] });

/** Of two classes of one case; the second is missed. */
function rowsOfCase() {
  const measured = measureClasses([1, 1, 1, 0], [1, 0, 2, 2], { labels: [1, 2], dims: [4, 1, 1], spacing: [1, 1, 1] });
  const { method, mode, labelled, fold, seed } = cell;
  return [...measured].map(([label, measures]) => ({
    ...{ method, mode, labelled, fold, seed, site: "1", case: "a", class: ["", "RV", "LV"][label] },
    measures,
  }));
}

function withRatio<T>(work: () => T): T {
  const takeAway = metrics.register(ratio);
  try {
    return work();
  } finally {
    takeAway();
  }
}

Deno.test("a registered metric is in scores, rows, tables and what processes tell, with no other change", () => {
  const now = () => ({
    header: resultHeader(),
    lines: rowsOfCase().map(formatRow),
    tables: evaluationTables(rowsOfCase()),
  });
  const before = now();
  withRatio(() => {
    const rows = rowsOfCase();
    assertEquals(rows.map(({ measures }) => measures["volume-ratio"]), [3, Infinity]);
    assertEquals(resultHeader(), before.header.replace("\n", ",volume-ratio\n"));
    assertEquals(rows.map(formatRow), before.lines.map((line, i) => line.replace("\n", [",3\n", ",inf\n"][i])));
    assertEquals(parseRows(resultHeader() + rows.map(formatRow).join(""), "results.csv"), rows);
    const tables = evaluationTables(rows);
    assertEquals(tables.filter(({ title }) => !title.startsWith("Volume ratio")), before.tables);
    const [table] = tables.filter(({ title }) => title === "Volume ratio in times, local fine-tuning, over sites");
    assertEquals(table.rows, [["scratch", "3.000, 1 missed"]]);
    const event = { kind: "cell", cell, rows, curve: [], cost: COST } as const;
    assertEquals(readEvent(writeEvent(event)), event);
  });
  assertEquals(now(), before);
});

Deno.test("results of before a metric are read and gone on with; those of a metric that is not there are refused", () =>
  withFolder(async (directory) => {
    const rows = rowsOfCase(), header = resultHeader().trimEnd();
    {
      using results = await Results.open(directory);
      await results.add(cell, rows, COST);
    }
    const without = ({ measures, ...row }: typeof rows[number]) => ({
      ...row,
      measures: { ...measures, "volume-ratio": null },
    });
    const takeAway = metrics.register(ratio);
    try {
      assertEquals((await readResults(directory)).rows, rows.map(without));
      const second = { ...cell, seed: 12 };
      const more = rowsOfCase().map((row) => ({ ...row, seed: 12 }));
      {
        using results = await Results.open(directory);
        await results.add(second, more, COST);
      }
      assertEquals((await readResults(directory)).rows, [...rows.map(without), ...more]);
    } finally {
      takeAway();
    }
    await assertRejects(
      () => readResults(directory),
      UserError,
      `the first line must be ${header} (${join(directory, "results.csv")}`,
    );
  }));
