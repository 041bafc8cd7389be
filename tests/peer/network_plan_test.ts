import { assert, assertEquals, assertThrows } from "@std/assert";
import { planNetwork } from "../../src/peer/network_plan.ts";

Deno.test("an isotropic volume gets a cube within the budget, pooled on every axis", () => {
  assertEquals(planNetwork({ shape: [40, 48, 48], spacing: [2, 2, 2], levels: 4 }), {
    patch: [32, 32, 32],
    pool: [[2, 2, 2], [2, 2, 2], [2, 2, 2]],
  });
});

Deno.test("thick slices are pooled only once the other axes are about as coarse", () => {
  const { patch, pool } = planNetwork({ shape: [9, 88, 88], spacing: [10, 2.8, 2.8], levels: 4 });
  assertEquals(pool, [[1, 2, 2], [2, 2, 2], [1, 2, 2]]);
  assertEquals(patch, [8, 56, 56]);
});

Deno.test("a patch is divisible by its poolings and within the budget, whatever the shape", () => {
  for (let z = 3; z < 70; z += 7) {
    for (let x = 8; x < 200; x += 13) {
      const { patch, pool } = planNetwork({ shape: [z, x, x], spacing: [60 / z, 1, 1], levels: 4 });
      assert(patch[0] * patch[1] * patch[2] <= 32 ** 3);
      for (const axis of [0, 1, 2]) {
        assertEquals(patch[axis] % pool.reduce((product, window) => product * window[axis], 1), 0);
      }
    }
  }
});

Deno.test("a shape that is not positive is refused with its value", () => {
  assertThrows(() => planNetwork({ shape: [0, 1, 1], spacing: [1, 1, 1], levels: 2 }), RangeError, "got 0");
});
