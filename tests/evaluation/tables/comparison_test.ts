import { assertAlmostEquals, assertEquals } from "@std/assert";
import { compareMethods } from "../../../src/evaluation/tables/comparison.ts";
import { evaluation, row } from "../_results.ts";

Deno.test("each method is tested against one for each N, paired by case, and corrected together", () => {
  const comparisons = compareMethods(evaluation(), { metric: "dice", method: "fcl" });
  assertEquals(comparisons.map(({ against, labelled }) => [against, labelled]), [["scratch", 1], ["scratch", 2]]);
  for (const { test, difference, adjusted } of comparisons) {
    // six cases, not 24 rows: classes and seeds are averaged first
    assertEquals([test.pairs, test.effect, difference.count], [6, 1, 6]);
    assertAlmostEquals(difference.mean!, 0.1);
    assertAlmostEquals(adjusted, 2 * test.p);
  }
});

Deno.test("a missed structure counts in the test, and in no mean difference", () => {
  const [{ test, difference }] = compareMethods(evaluation(), { metric: "hd95", method: "fcl" });
  assertEquals([test.pairs, test.effect, difference.mean, difference.count], [6, -1, -1, 4]);
});

Deno.test("pairs are of what the caller says, and only of what both methods have", () => {
  const rows = [
    row({ case: "p1-ed", dice: 0.6 }),
    row({ case: "p1-es", dice: 0.8 }),
    row({ case: "p2-ed", dice: 0.5 }),
    row({ case: "p1-ed", dice: 0.5, method: "scratch" }),
    row({ case: "p3-ed", dice: 0.5, method: "scratch" }),
    row({ case: "p4-ed", dice: 0.5, method: "moco" }),
  ];
  const [only, ...others] = compareMethods(rows, {
    metric: "dice",
    method: "fcl",
    unitOf: (one) => one.case.slice(0, 2),
  });
  assertEquals([only.against, only.test.pairs, others.length], ["scratch", 1, 0]);
  assertAlmostEquals(only.difference.mean!, 0.2);
});
