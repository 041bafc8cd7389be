import { assertEquals } from "@std/assert";
import { plannedSpacing } from "../../src/data/plan.ts";

Deno.test("with a field of view the in-plane voxel size is computed, the slices' given or kept", () => {
  assertEquals(plannedSpacing([200, 100, 8], [1, 1, 1], { fieldOfView: 370 }), [1.85, 1.85, 1]);
  assertEquals(plannedSpacing([100, 200, 8], [1, 1, 1], { fieldOfView: 370, sliceSpacing: 8 }), [1.85, 1.85, 8]);
  assertEquals(plannedSpacing([100, 200, 8], [1, 2, 3], {}), [1, 2, 3]);
});
