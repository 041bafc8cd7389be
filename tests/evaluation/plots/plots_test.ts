import { assert, assertEquals } from "@std/assert";
import { parse } from "node-html-parser";
import { diceByCase } from "../../../src/evaluation/plots/dice_by_case.ts";
import { diceByClass } from "../../../src/evaluation/plots/dice_by_class.ts";
import { diceByLabels } from "../../../src/evaluation/plots/dice_by_labels.ts";
import { diceByStep } from "../../../src/evaluation/plots/dice_by_step.ts";
import { evaluation, row } from "../_results.ts";

const titles = (svg: string) => parse(svg).querySelectorAll("title").map(({ text }) => text);

Deno.test("Dice against N has a point with its spread for each method and N, higher where Dice is", () => {
  const svg = diceByLabels(evaluation(), "local").text;
  assertEquals(titles(svg), [
    "scratch, N = 1: 0.29 ± 0.0283",
    "scratch, N = 2: 0.39 ± 0.0283",
    "fcl, N = 1: 0.39 ± 0.0283",
    "fcl, N = 2: 0.49 ± 0.0283",
  ]);
  const heights = parse(svg).querySelectorAll("g circle").map((circle) => Number(circle.getAttribute("cy")));
  assert(heights[0] > heights[1] && heights[1] === heights[2] && heights[2] > heights[3]);
});

Deno.test("Dice by class has a lane for each class and method, with its sites", () => {
  const svg = diceByClass(evaluation(), "local", 2).text;
  assertEquals(titles(svg).length, 4 * (2 + 1));
  assert(titles(svg).includes("LV, fcl: 0.54 ± 0.0283") && titles(svg).includes("site 2: 0.56"));
});

Deno.test("Dice by case has a lane for each method, with its cases", () => {
  const shown = titles(diceByCase(evaluation(), "local", 1).text);
  assertEquals(shown.length, 2 * (6 + 1));
  assertEquals(shown.filter((text) => text.startsWith("1a: ")), ["1a: 0.26", "1a: 0.36"]);
});

Deno.test("Dice by step has a line for each method, through the means over sites", () => {
  const cell = { mode: "local", labelled: 1, fold: 0, seed: 11, case: "a", class: "LV" } as const;
  const points = [["scratch", 0.2, 0.4], ["fcl", 0.5, 0.6]] as const;
  const curve = points.flatMap(([method, ...dice]) =>
    dice.flatMap((value, i) =>
      ["1", "2"].map((site, j) => ({ ...cell, method, step: 100 * (i + 1), site, dice: value + 0.1 * j }))
    )
  );
  assertEquals(titles(diceByStep(curve, "local", 1).text), [
    "scratch: 0.25 (step 100)",
    "scratch: 0.45 (step 200)",
    "fcl: 0.55 (step 100)",
    "fcl: 0.65 (step 200)",
  ]);
  assertEquals(titles(diceByStep(curve, "local", 2).text), []);
});

Deno.test("what is not defined is not drawn, nothing at all is no error, and names are escaped", () => {
  const rows = [row({ dice: null }), row({ dice: null, method: "moco" })];
  for (const svg of [diceByLabels(rows, "local"), diceByClass(rows, "local", 1), diceByCase(rows, "local", 1)]) {
    assertEquals(titles(svg.text), []);
    assert(!svg.text.includes("NaN"));
  }
  assert(!diceByLabels([], "local").text.includes("NaN"));
  const svg = diceByCase([row({ case: "<script>" })], "local", 1).text;
  assert(svg.includes("&lt;script&gt;: 0.5") && !svg.includes("<script>"));
});
