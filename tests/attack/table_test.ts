import { assert, assertEquals } from "@std/assert";
import type { InversionFigures } from "../../scripts/attack/_inversion.ts";
import { BUDGET, conditions, type Result } from "../../scripts/attack/_study.ts";
import { render } from "../../scripts/attack/_table.ts";

const like = (correlation: number, error: number) => ({ correlation, error, similarity: correlation });

function inversion(error: number): InversionFigures {
  const [mean, place, ridge, shuffled] = [like(0.5, 0.4), like(0.6, 0.3), like(0.55, 0.38), like(0.4, 0.5)];
  return {
    projection: "bottleneck",
    rows: 100,
    mean,
    place,
    ridge,
    network: like(0.7, error),
    shuffled,
    placeAndRidge: like(0.6, 0.27),
  };
}

function result(index: number, seed: number, changes: Partial<Result>): Result {
  return {
    ...{ condition: conditions[index], seed, dice: [0.7, 0.8], neighbours: [0.6, 0.7], volumes: [20, 25] },
    ...{ deviation: 0, spentEpsilon: null, inversion: [], membership: [] },
    ...{ engine: "wasm", seconds: 60, endedAt: "2026-11-24T12:00:00Z", ...changes },
  };
}

Deno.test("the page holds attack success beside Dice, by condition", () => {
  const membership = [{ attack: "views, threshold", threshold: 2, members: [3, 4, 1], nonMembers: [0, 2, 2] }] as const;
  const text = render([
    result(0, 1, { inversion: [inversion(0.3)], membership }),
    result(0, 2, { inversion: [inversion(0.2)], membership }),
    result(2, 1, { dice: [0.6, 0.7], deviation: 0.197, spentEpsilon: 700, inversion: [inversion(0.39)] }),
  ], { command: "deno task attack", budget: BUDGET, dataset: "phantoms", version: { syncytium: "0", deno: "0" } });
  const cells = (start: string) =>
    text.split("\n").filter((line) => line.startsWith(`| ${start} `))
      .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1));
  const [plain] = cells("no policy");
  assertEquals(plain.slice(1, 7), ["–", "–", "0.750 ± 0.058", "–", "0.65", "0.375 ± 0.177"]);
  assert(plain[7].startsWith("0.78 ("), plain[7]);
  const [noisy] = cells("noise, epsilon 100");
  assertEquals(noisy.slice(1), ["0.2", "700", "0.650 ± 0.071", "−0.100 ± 0.000", "0.65", "0.050", "–", "–"]);
  const [inverted] = cells("no policy; bottleneck");
  assertEquals(inverted.slice(1, 8), ["200", "0.5", "0.6", "0.55", "0.7", "0.4", "0.4"]);
  assertEquals(inverted.slice(8, 12), ["0.25", "0.05", "0.375", "0.1"]);
  const [views] = cells("no policy; views, threshold");
  assertEquals([views[1], views[3].slice(0, 4)], ["6, 6", "0.83"]);
});
