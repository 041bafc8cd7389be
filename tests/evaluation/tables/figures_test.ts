import { assertAlmostEquals, assertEquals } from "@std/assert";
import { figureOf } from "../../../src/evaluation/tables/figures.ts";
import { row } from "../_results.ts";

Deno.test("mean and spread over sites and over seeds by hand", () => {
  const { sites, seeds, missed } = figureOf([
    row({ site: "1", case: "a", class: "LV", seed: 1, dice: 0.2 }), // site 1, seed 1: LV 0.3, RV 0.5: 0.4
    row({ site: "1", case: "b", class: "LV", seed: 1, dice: 0.4, fold: 1 }),
    row({ site: "1", case: "a", class: "RV", seed: 1, dice: 0.5 }),
    row({ site: "1", case: "a", class: "LV", seed: 2, dice: 0.6 }), // site 1, seed 2: 0.6
    row({ site: "2", case: "c", class: "LV", seed: 1, dice: 0.8 }), // site 2, seed 1: 0.8
    row({ site: "2", case: "c", class: "LV", seed: 2, dice: 1 }), // site 2, seed 2: 1
    row({ site: "2", case: "d", class: "LV", seed: 2, dice: null }),
  ], "dice");
  assertAlmostEquals(sites.mean!, (0.5 + 0.9) / 2);
  assertAlmostEquals(sites.sd!, Math.SQRT2 * 0.2);
  assertAlmostEquals(seeds.mean!, (0.6 + 0.8) / 2);
  assertAlmostEquals(seeds.sd!, Math.SQRT2 * 0.1);
  assertEquals([sites.count, seeds.count, missed], [2, 2, 0]);
});

Deno.test("infinite distances are counted and are in no mean", () => {
  const { sites, missed } = figureOf([
    row({ hd95: 4 }),
    row({ hd95: Infinity, case: "b" }),
    row({ hd95: 6, case: "c" }),
  ], "hd95");
  assertEquals([sites.mean, missed], [5, 1]);
  assertEquals(figureOf([row({ hd95: Infinity })], "hd95").sites.mean, null);
  assertEquals(figureOf([], "dice").sites, { mean: null, sd: null, count: 0 });
});
