/** Tests, tables and the page of a comparison. */
import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { differencesOf } from "../../src/comparing/differences.ts";
import { comparisonPage } from "../../src/comparing/page.ts";
import { pairedTests } from "../../src/comparing/paired_tests.ts";
import type { Compared } from "../../src/comparing/run.ts";
import { classTable, meansTable, testTable } from "../../src/comparing/tables.ts";
import { holm } from "../../src/evaluation/statistics/holm.ts";
import { wilcoxon } from "../../src/evaluation/statistics/wilcoxon.ts";
import { side } from "./_sides.ts";

const own = (id: string) => id;
const base = side("base", [0.5, 0.6, 0.55, 0.4, 0.7]);

Deno.test("every side is tested against the first, on the cases that both have, and p corrected for all of them", () => {
  const better = side("better", [0.6, 0.75, 0.6, 0.62, 0.73]), fewer = side("fewer", [0.4, null, 0.7]);
  const tests = pairedTests([base, better, fewer, side("other", [])], own);
  assertEquals(tests.map((one) => [one.field, one.side, one.against, one.test.pairs]), [
    ["dice", "better", "base", 5],
    ["dice", "fewer", "base", 2],
  ]);
  const first = wilcoxon([0.6, 0.75, 0.6, 0.62, 0.73], [0.5, 0.6, 0.55, 0.4, 0.7]);
  const second = wilcoxon([0.4, 0.7], [0.5, 0.55]);
  assertEquals(tests.map(({ test }) => test), [first, second]);
  assertEquals(tests.map(({ adjusted }) => adjusted), holm([first.p, second.p]));
  assertAlmostEquals(tests[0].difference.mean!, 0.11);
});

Deno.test("a patient's cases are one pair, and a class that one side lacks is left out on both", () => {
  const of = (name: string, figures: readonly [id: string, name: string, dice: number | null][]): Compared => ({
    ...{ name, curves: [] },
    rows: figures.map(([id, name, dice]) => ({ case: id, class: name, scores: { dice } })),
  });
  const first = of("first", [["p1_a", "liver", 0.5], ["p1_b", "liver", 0.7], ["p1_b", "gut", 0.1], [
    "p2",
    "liver",
    0.2,
  ]]);
  const second = of("second", [["p1_a", "liver", 0.6], ["p1_b", "liver", 0.6], ["p1_b", "gut", null], [
    "p2",
    "liver",
    0.4,
  ]]);
  const [{ test, difference }] = pairedTests([first, second], (id) => id.slice(0, 2));
  assertEquals([test.pairs, test.ranked], [2, 1]);
  assertAlmostEquals(difference.mean!, 0.1);
  assertEquals(meansTable([first], (id) => id.slice(0, 2)).rows[0].slice(1), ["3", "0.317 ± 0.165"]);
});

Deno.test("a missed structure is worse than any distance, and volumes are compared by size", () => {
  const of = (name: string, hd95: number[], volumeDifference: number[]): Compared => ({
    ...{ name, curves: [] },
    rows: hd95.map((distance, i) => ({
      ...{ case: `${i}`, class: "liver" },
      scores: { hd95: distance, volumeDifference: volumeDifference[i] },
    })),
  });
  const sides = [of("first", [3, 4, 5], [1, 2, -3]), of("second", [2, 3, Infinity], [-2, 3, -4])];
  const [distance, volume] = pairedTests(sides, own);
  assertEquals([distance.test.positive, distance.difference.mean], [3, -1]);
  assertEquals([volume.test.effect, volume.difference.mean], [1, 1]);
  assertEquals(meansTable(sides, own).rows[1], ["second", "3", "2.5 ± 0.707, 1 missed", "-1 ± 3.606"]);
});

Deno.test("tables have a row a side, a model's means among them, and say each test", () => {
  const told = { cases: 4, dice: 0.625, classes: { liver: 0.75, gut: null } };
  const model: Compared = { ...side("model", []), told };
  const sides = [base, model, side("better", [0.6, 0.75, 0.6, 0.62, 0.73])];
  assertEquals(meansTable(sides, own).header, ["run", "cases", "Dice"]);
  assertEquals(meansTable(sides, own).rows, [
    ["base", "5", "0.550 ± 0.112"],
    ["model", "4", "0.625"],
    ["better", "5", "0.660 ± 0.074"],
  ]);
  assertEquals(classTable(sides, own).rows[1], ["model", "0.750", "–"]);
  assertEquals(testTable(pairedTests(sides, own)).rows, [
    ["better against base", "Dice", "5", "+0.110", "1.000", "0.063", "0.063"],
  ]);
});

Deno.test("classes and cases that not all have are told", () => {
  const model: Compared = { ...side("model", []), told: { cases: 1, dice: 1, classes: { liver: 1, gut: 1 } } };
  assertEquals(differencesOf([base, side("same", [1, 1, 1, 1, 1])]), []);
  assertEquals(differencesOf([base, side("fewer", [0.4]), side("none", []), model]), [
    "not all runs have the same classes, so that means are over different ones: liver, gut",
    "fewer and base share 1 cases, of 1 and 5: these are paired",
  ]);
  const elsewhere = { ...base, name: "elsewhere", rows: base.rows.map((row) => ({ ...row, case: `${row.case}2` })) };
  assertEquals(differencesOf([base, elsewhere]), ["elsewhere and base share no case: there is no paired test"]);
});

Deno.test("the page has the tables, a dot a case, and a chart for each kind of curve with a line a side", () => {
  const curve = (title: string, last: number) => ({ title, xLabel: "round", points: [[1, 2], [2, last]] as const });
  const sides = [
    side("<first>", [0.5, 0.6], { curves: [curve("Loss", 1), curve("Distance", 0.1)] }),
    side("second", [0.7, 0.8], { curves: [curve("Loss", 0.5)] }),
  ];
  const page = comparisonPage(sides, [meansTable(sides, own)]);
  assertEquals(page.match(/<svg/g)?.length, 3);
  for (const text of ["&lt;first&gt;", "0.550 ± 0.071", "Loss", "Distance", "Dice by case"]) {
    assertStringIncludes(page, text);
  }
  assertEquals(comparisonPage([side("model", [])], []).includes("<svg"), false);
});
