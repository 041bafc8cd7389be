import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Triple } from "../../src/core/triple.ts";
import { planMethod, planNetwork } from "../../src/planning/network.ts";
import { parsePretrainConfig } from "../../src/pretraining/configuration.ts";
import { counting, withFolder } from "../data/_files.ts";

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

Deno.test("an axis of few voxels is kept as it is and not reduced, whichever it is, down to a single slice", () => {
  for (const thin of [1, 2, 3, 4]) {
    for (const axis of [0, 1, 2]) {
      const along = <T>(short: T, long: T) => [0, 1, 2].map((one) => one === axis ? short : long) as unknown as Triple;
      const { patch, pool } = planNetwork({ shape: along(thin, 40), spacing: [1, 1, 1], levels: 3 });
      assertEquals(patch, along(2 ** Math.floor(Math.log2(thin)), 40));
      assertEquals(pool, [along(1, 2), along(1, 2)]);
      parsePretrainConfig({ patch });
    }
  }
  assertEquals(planNetwork({ shape: [5, 6, 7], spacing: [1, 1, 1], levels: 3 }), {
    patch: [4, 4, 4],
    pool: [[1, 1, 1], [1, 1, 1]],
  });
});

Deno.test("a shape that is not positive is refused with its value", () => {
  assertThrows(() => planNetwork({ shape: [0, 1, 1], spacing: [1, 1, 1], levels: 2 }), RangeError, "got 0");
});

Deno.test("a patch is planned for what a crop keeps, and an axis that is shorter is kept whole", () =>
  withFolder(async (directory) => {
    const image = `${directory}/a.nii`;
    const srow = [[0, 0, 1, 0], [0, 2, 0, 0], [-1, 0, 0, 0]]; // I, A, R: 40, 24 and 32 voxels along z, y, x
    await Deno.writeFile(image, counting([40, 24, 32], { sformCode: 1, srow, pixdim: [1, 2, 1] }));
    const plan = (crop?: Triple) => planMethod([{ image }], { levels: 3, crop });
    assertEquals([(await plan()).spacing, (await plan()).patch], [[1, 2, 1], [40, 24, 32]]);
    assertEquals((await plan([16, 24, 20])).patch, [20, 12, 16]);
    assertEquals((await plan([16, 500, 20])).patch, [20, 24, 16]);
  }));
