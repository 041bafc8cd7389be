import { assertEquals } from "@std/assert";
import { momentumAt } from "../../src/pretraining/momentum.ts";

Deno.test("the momentum grows from a half to its value and stays", () => {
  assertEquals([0, 2, 6, 1000].map((step) => momentumAt(step, 0.9)), [0.5, 0.75, 0.875, 0.9]);
});
