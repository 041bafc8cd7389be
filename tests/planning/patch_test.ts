import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Triple } from "../../src/core/triple.ts";
import { requirePatchShape } from "../../src/model/config.ts";
import { planPatch } from "../../src/planning/patch.ts";

Deno.test("a cube within its budget is halved until four voxels are left", () => {
  assertEquals(planPatch({ shape: [40, 48, 48], spacing: [2, 2, 2], patchVoxels: 32 ** 3 }), {
    patch: [32, 32, 32],
    levels: 4,
    pool: [[2, 2, 2], [2, 2, 2], [2, 2, 2]],
  });
  assertEquals(planPatch({ shape: [16, 16, 16], spacing: [2, 2, 2], patchVoxels: 32 ** 3 }).levels, 3);
});

Deno.test("thin slices keep all their planes, and are halved only once the other axes are about as coarse", () => {
  const { patch, pool } = planPatch({ shape: [10, 150, 150], spacing: [10, 2, 2], patchVoxels: 32 ** 3 });
  assertEquals(patch[0], 10);
  assertEquals(pool, [[1, 2, 2], [1, 2, 2], [2, 2, 2]]);
  assert(patch[1] >= 48 && patch[1] === patch[2]);
});

Deno.test("an axis that reaches far beyond the structures is shortened first", () => {
  const shape: Triple = [40, 100, 100], spacing: Triple = [2, 2, 2];
  const { patch } = planPatch({ shape, spacing, structures: [70, 100, 40], patchVoxels: 60_000 });
  assert(patch[1] > 2 * patch[2], String(patch));
  assertEquals(patch[0], 40);
});

Deno.test("whatever the volumes, a patch fits its budget, its volume and its network, and every level halves two axes", () => {
  for (const thick of [1, 2.9, 3.1, 10]) {
    for (const planes of [1, 2, 3, 5, 8, 9, 17, 40, 90]) {
      for (const width of [1, 4, 7, 30, 77, 200]) {
        for (const patchVoxels of [1, 500, 16_384, 262_144]) {
          const shape: Triple = [planes, width, width + 3];
          const plan = planPatch({ shape, spacing: [thick, 1, 1], patchVoxels });
          const { patch, pool, levels } = plan;
          assert(patch[0] * patch[1] * patch[2] <= patchVoxels);
          assert(patch.every((voxels, axis) => voxels >= 1 && voxels <= shape[axis]));
          requirePatchShape(plan, patch);
          assert(levels >= 2 && levels <= 4 && pool.length === levels - 1);
          assert(levels === 2 || pool.every((window) => window.filter((times) => times === 2).length >= 2));
        }
      }
    }
  }
});

Deno.test("what is not positive is refused with its value", () => {
  const rest = { spacing: [1, 1, 1], patchVoxels: 10 } as const;
  assertThrows(() => planPatch({ ...rest, shape: [0, 1, 1] }), RangeError, "got 0");
  assertThrows(() => planPatch({ ...rest, shape: [1, 1, 1], structures: [1, -2, 1] }), RangeError, "got -2");
});
