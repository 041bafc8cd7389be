import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import type { Grid } from "../../src/data/plan.ts";
import { planDataset, planGrids } from "../../src/planning/preparation.ts";
import { counting, withFolder } from "../data/_files.ts";

const grid = (dims: Grid["dims"], spacing: Grid["spacing"]): Grid => ({ dims, spacing });

Deno.test("the target is the median voxel size of each axis", () => {
  const grids = [grid([10, 10, 10], [1, 2, 3]), grid([10, 10, 10], [3, 2, 1]), grid([10, 10, 10], [2, 9, 4])];
  assertEquals(planGrids(grids).spacing, [2, 2, 3]);
});

Deno.test("a budget coarsens all axes alike", () => {
  const { spacing } = planGrids([grid([64, 64, 64], [1, 1, 1])], { voxelBudget: 32 ** 3 });
  spacing!.forEach((size) => assert(size >= 2 && size < 2.05));
});

Deno.test("a thick axis waits until the others have come near it", () => {
  const [x, y, z] = planGrids([grid([256, 256, 10], [1.5, 1.5, 10])], { voxelBudget: 128 * 128 * 10 }).spacing!;
  assertEquals(z, 10);
  assertAlmostEquals(x, 3, 0.05);
  assertEquals(x, y);
  const tighter = planGrids([grid([256, 256, 10], [1.5, 1.5, 10])], { voxelBudget: 32 * 32 * 8 }).spacing!;
  assert(tighter[2] > 10);
});

Deno.test("a budget that no voxel fits ends at one voxel", () => {
  const { spacing } = planGrids([grid([8, 8, 8], [1, 1, 1])], { voxelBudget: 0.5 });
  assert(spacing!.every((size) => size >= 8));
});

Deno.test("a dataset is planned from its headers, along RAS axes", async () => {
  await withFolder(async (directory) => {
    const srow = [[0, 0, 4, 0], [0, 3, 0, 0], [-2, 0, 0, 0]]; // I, A, R
    await Deno.writeFile(`${directory}/a.nii`, counting([4, 5, 6], { sformCode: 1, srow, pixdim: [2, 3, 4] }));
    assertEquals((await planDataset([{ image: `${directory}/a.nii` }])).spacing, [4, 3, 2]);
    const byView = await planDataset([{ image: `${directory}/a.nii` }], { fieldOfView: 10 });
    assertEquals(byView, { spacing: [4, 2, 2], fieldOfView: 10 });
  });
});

Deno.test("a crop is counted, not what it leaves out: a budget coarsens the cropped median volume, and the plan keeps it", () => {
  const grids = [grid([64, 64, 64], [1, 1, 1])];
  assertEquals(planGrids(grids, { voxelBudget: 32 ** 3, crop: [32, 32, 32] }), {
    spacing: [1, 1, 1],
    crop: [32, 32, 32],
  });
  const { spacing } = planGrids(grids, { voxelBudget: 16 ** 3, crop: [32, 32, 32] });
  spacing!.forEach((size) => assert(size >= 2 && size < 2.05));
  const longer = planGrids(grids, { voxelBudget: 32 ** 3, crop: [500, 500, 500] }).spacing!;
  longer.forEach((size) => assert(size >= 2 && size < 2.05));
});

Deno.test("a given spacing is taken as it is, and null keeps each volume's own", () => {
  assertEquals(planGrids([], { spacing: [1, 2, 3] }).spacing, [1, 2, 3]);
  assertEquals(planGrids([], { spacing: null }).spacing, null);
});

Deno.test("what makes no sense is refused by name", () => {
  assertThrows(() => planGrids([]), UserError, "at least one case");
  assertThrows(() => planGrids([], { spacing: null, fieldOfView: 0 }), UserError, "must be positive (fieldOfView: 0)");
  assertThrows(() => planGrids([], { spacing: [1, 0, 1] }), UserError, "must be positive (spacing: [1,0,1])");
  assertThrows(() => planGrids([], { spacing: null, crop: [9, 0, 9] }), UserError, "must be positive (crop: [9,0,9])");
});
