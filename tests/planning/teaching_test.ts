import { assertEquals } from "@std/assert";
import { PLANNING } from "../../src/planning/table.ts";
import { areEnoughToTeach, planTeaching } from "../../src/planning/teaching.ts";

Deno.test("fewer steps learn from unlabelled volumes, too, where they are enough, and all steps do not where they are not", () => {
  const { enoughToTeach: enough, taughtTimes } = PLANNING;
  assertEquals([areEnoughToTeach(enough), areEnoughToTeach(enough - 1)], [true, false]);
  const plain = Math.ceil(enough * taughtTimes);
  assertEquals(planTeaching(plain), { steps: enough, taught: true });
  assertEquals(planTeaching(plain - 3), { steps: plain - 3, taught: false });
  assertEquals(planTeaching(2 * enough, { times: 2 }), { steps: enough, taught: true });
  assertEquals(planTeaching(2 * enough, { times: 2, fewest: enough + 1 }), { steps: 2 * enough, taught: false });
  assertEquals(planTeaching(enough, { times: Infinity }), { steps: enough, taught: false });
});
