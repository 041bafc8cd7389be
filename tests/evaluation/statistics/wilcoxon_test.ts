import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { upperTail } from "../../../src/evaluation/statistics/normal.ts";
import { wilcoxon } from "../../../src/evaluation/statistics/wilcoxon.ts";
import scipy from "./fixtures/scipy.json" with { type: "json" };

Deno.test("the signed-rank test agrees with SciPy, exact and approximate, with ties and without", () => {
  const methods = new Set<string>();
  for (const { name, first, second, method, statistic, p } of scipy.wilcoxon) {
    const ours = wilcoxon(first, second);
    assertEquals([ours.method, Math.min(ours.positive, ours.negative)], [method, statistic], name);
    assertAlmostEquals(ours.p, p, 1e-9 * p, name);
    methods.add(method);
  }
  assertEquals([scipy.wilcoxon.length, [...methods].sort()], [45, ["exact", "normal"]]);
});

Deno.test("the normal tail agrees with SciPy far out", () => {
  for (const [z, expected] of scipy.upperTail) assertAlmostEquals(upperTail(z), expected, 1e-12 * expected, `z = ${z}`);
  assertEquals([upperTail(Infinity), upperTail(-Infinity)], [0, 1]);
});

Deno.test("the exact test by hand, with its effect size", () => {
  // differences 1, -2, 3, 4: of the 16 choices of signs, 3 have a sum of at most 2 on one side: {}, {1} and {2}
  const result = wilcoxon([1, 0, 3, 4], [0, 2, 0, 0]);
  assertEquals(result, { pairs: 4, ranked: 4, positive: 8, negative: 2, p: 6 / 16, method: "exact", effect: 0.6 });
  assertEquals(wilcoxon([0, 2, 0, 0], [1, 0, 3, 4]).effect, -0.6);
});

Deno.test("pairs without a figure or a difference are left out", () => {
  assertEquals(wilcoxon([0.5, null, 0.7, 0.9], [0.5, 0.2, null, 0.1]), {
    pairs: 2,
    ranked: 1,
    positive: 1,
    negative: 0,
    p: 1,
    method: "exact",
    effect: 1,
  });
  const same = wilcoxon([0.5, 0.6], [0.5, 0.6]);
  assertEquals([same.pairs, same.ranked, same.p, same.effect], [2, 0, 1, null]);
  assertEquals(wilcoxon([], []).p, 1);
});

Deno.test("an infinite distance is worse than any finite one, and no worse than another", () => {
  const result = wilcoxon([Infinity, Infinity, 3, 50], [Infinity, 2, 4, 1]);
  assertEquals([result.pairs, result.ranked, result.positive, result.negative], [4, 3, 5, 1]);
});

Deno.test("lists of different length and figures that are no numbers are refused", () => {
  assertThrows(() => wilcoxon([1], [1, 2]), RangeError, "got 1 and 2");
  assertThrows(() => wilcoxon([NaN], [1]), RangeError, "got NaN and 1");
});

Deno.test("a small difference in every pair of many is certain", () => {
  const { p } = wilcoxon(Array.from({ length: 50 }, (_, i) => i + 1), Array(50).fill(0));
  assert(p === 2 ** -49, `${p}`);
});
