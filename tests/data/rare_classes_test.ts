import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import { caseWeights, drawWeighted } from "../../src/data/rare_classes.ts";

Deno.test("a case weighs as its rarest class does, by how many cases hold it", () => {
  const held = [[1], [1, 2], [1, 2, 3], []];
  assertEquals(caseWeights(held, 1), [4 / 3, 2, 4, 1]);
  assertEquals(caseWeights(held, 0), [1, 1, 1, 1]);
  caseWeights(held, 0.5).forEach((weight, i) => assertAlmostEquals(weight ** 2, [4 / 3, 2, 4, 1][i], 1e-12));
});

Deno.test("items are drawn as often as they weigh, and none twice whose share is no more than one", () => {
  const rng = new Rng(1);
  const counts = new Map<string, number>();
  for (let trial = 0; trial < 2000; trial++) {
    const drawn = drawWeighted(["a", "b", "c", "d"], [1, 1, 2, 4], 2, rng);
    assertEquals([drawn.length, new Set(drawn).size], [2, 2]);
    for (const item of drawn) counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  ["a", "b", "c", "d"].forEach((item, i) => assertAlmostEquals(counts.get(item)! / 4000, [1, 1, 2, 4][i] / 8, 0.02));
});

Deno.test("what weighs more than a share comes several times", () => {
  const drawn = drawWeighted(["a", "b"], [3, 1], 8, new Rng(2));
  assertEquals(drawn.filter((item) => item === "a").length, 6);
});
