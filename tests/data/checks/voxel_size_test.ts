import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import type { Triple } from "../../../src/core/triple.ts";
import type { CaseHeaders } from "../../../src/data/checks/check.ts";
import { requireVoxelSizes } from "../../../src/data/checks/voxel_size.ts";
import { parseHeader } from "../../../src/data/nifti/header.ts";
import type { Plan } from "../../../src/data/plan.ts";
import { counting } from "../_files.ts";

/** Headers of images that are stored along RAS, named a.nii, b.nii, … */
function cohort(...grids: [dims: Triple, spacing: Triple][]): CaseHeaders[] {
  return grids.map(([dims, spacing], index) => {
    const id = "abcdefghij"[index];
    const srow = spacing.map((size, row) => [0, 1, 2].map((column) => column === row ? size : 0).concat(0));
    const bytes = counting([1, 1, 1], { pixdim: [...spacing], sformCode: 1, srow });
    dims.forEach((extent, axis) => new DataView(bytes.buffer).setInt16(42 + 2 * axis, extent, true));
    return { reference: { id, subject: id, image: `${id}.nii` }, image: parseHeader(bytes, id) };
  });
}

const SOUND: [Triple, Triple] = [[12, 10, 8], [2, 2, 3]];
const PLAN: Plan = { spacing: [2, 2, 3] };

function assertRefused(cases: CaseHeaders[], plan: Plan, ...parts: string[]) {
  const error = assertThrows(() => requireVoxelSizes(cases, { plan }), UserError);
  for (const part of ["checking voxel sizes: along ", ...parts]) assertStringIncludes(error.message, part);
}

Deno.test("a volume a thousand times too large is refused with file, size, median, voxels and limit", () => {
  assertRefused(
    cohort(SOUND, SOUND, [[12, 10, 8], [2000, 2000, 3000]], SOUND),
    PLAN,
    "along x, voxels and volume must not both be 10 times as long as the data set's median",
    "(c.nii: voxels of 2000 mm, the median is 2 mm; 12000 voxels at the plan's 2 mm, the limit is 120)",
  );
});

for (const factor of [10, 25.4, 1000, 0.1, 0.001]) {
  for (const axes of [[0, 1, 2], [0], [1], [2]]) {
    Deno.test(`voxel sizes times ${factor} along ${axes.map((axis) => "xyz"[axis]).join(", ")} are refused`, () => {
      const size = (axis: number) => Math.fround(SOUND[1][axis] * (axes.includes(axis) ? factor : 1));
      const odd: [Triple, Triple] = [SOUND[0], [size(0), size(1), size(2)]];
      const rule = `along ${"xyz"[axes[0]]}, voxels and volume must not both be ${factor < 1 ? "a 10th" : "10 times"}`;
      assertRefused(cohort(odd, SOUND, SOUND), PLAN, rule, "(a.nii: ");
      assertRefused(cohort(odd, SOUND, SOUND), { spacing: null }, rule, "mm long, the limit is");
    });
  }
}

Deno.test("of two volumes, or two halves, the smaller voxels are the median", () => {
  const huge: [Triple, Triple] = [SOUND[0], [2000, 2000, 3000]];
  assertRefused(cohort(SOUND, huge), PLAN, "(b.nii: ");
  assertRefused(cohort(huge, SOUND, huge, SOUND), PLAN, "(a.nii: ");
});

for (
  const [factor, rule] of [
    [1000, "along x, voxels 10 times as long as the plan's must not become more than 4096"],
    [10, "and along all other axes, voxels must not be 10 times as long as the plan's"],
    [0.001, "a volume must be longer than a 10th of one of the plan's voxels"],
  ] as const
) {
  Deno.test(`where all volumes are ${factor} times too large, the plan tells: ${rule}`, () => {
    const size = (axis: number) => Math.fround(SOUND[1][axis] * factor);
    const odd: [Triple, Triple] = [SOUND[0], [size(0), size(1), size(2)]];
    assertRefused(cohort(odd, odd), PLAN, rule, "(a.nii: ");
    assertEquals(requireVoxelSizes(cohort(odd, odd), { plan: { spacing: null } }), []);
  });
}

for (
  const [factor, rule] of [
    [1000, "a plan's voxels are at most 1000 mm long, and the data set's must be, too (a.nii: voxels of 2000 mm"],
    [1e-4, "a plan's voxels are at least 0.001 mm long, and the data set's must be, too (a.nii: voxels of 0.0002 mm"],
  ] as const
) {
  Deno.test(`where all volumes, and a plan made of them, are ${factor} times too large, the limit of plans tells`, () => {
    const size = (axis: number) => Math.fround(SOUND[1][axis] * factor);
    const odd: [Triple, Triple] = [SOUND[0], [size(0), size(1), size(2)]];
    assertRefused(cohort(odd, odd), { spacing: odd[1] }, "along x, ", rule);
    assertEquals(requireVoxelSizes(cohort(odd, odd), { plan: { spacing: null } }), []);
  });
}

Deno.test("the header's unit, and an affine that says otherwise, are named beside a size that is refused", () => {
  const cases = cohort(SOUND, SOUND, SOUND);
  const edited = (edit: (view: DataView) => void): CaseHeaders[] => {
    const bytes = counting([12, 10, 8], {
      pixdim: [2, 2, 3],
      sformCode: 1,
      srow: [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0]],
    });
    edit(new DataView(bytes.buffer));
    return [...cases, { ...cases[0], image: parseHeader(bytes, "made") }];
  };
  assertRefused(edited((view) => view.setUint8(123, 1)), PLAN, "the limit is 120; its header counts in metres)");
  const lost = edited((view) => view.setFloat32(80, 2000, true));
  assertRefused(
    lost,
    PLAN,
    "; pixdim says that voxels are 2000 x 2 x 3 mm, the affine 2 x 2 x 3 mm: pixdim's are taken)",
  );
});

Deno.test("honest data are not refused: thick slices, single slices, coarse and fine volumes, cut-outs", () => {
  const head: [Triple, Triple] = [[180, 256, 256], [1, 1, 1]];
  const honest = cohort(
    head,
    head,
    [[256, 256, 24], [0.9, 0.9, 6.6]],
    [[512, 512, 12], [0.45, 0.45, 12]], // 12 times as thick, as long together
    [[64, 64, 30], [3.5, 3.5, 5]],
    [[512, 512, 1], [0.4, 0.4, 0.1]], // one slice
    [[35, 51, 36], [1, 1, 1]],
    [[7, 5, 3], [2, 2, 2]],
    [[1024, 1024, 900], [0.08, 0.08, 0.2]], // 12 times as fine, a third as long
  );
  for (const spacing of [[1, 1, 1], [16, 16, 16], null] as const) {
    assertEquals(requireVoxelSizes(honest, { plan: { spacing } }), []);
  }
});

Deno.test("the sizes that a field of view gives are those that count", () => {
  const lost: [Triple, Triple] = [[200, 256, 10], [1, 1, 1]];
  const odd: [Triple, Triple] = [[200, 256, 10], [1000, 1000, 1]];
  const plan: Plan = { spacing: [1.5, 1.5, 8], fieldOfView: 370, sliceSpacing: 8 };
  assertEquals(requireVoxelSizes(cohort(lost, lost, odd), { plan }), []);
  assertRefused(cohort(lost, lost, odd), { spacing: [1, 1, 1] }, "(c.nii: ");
});

Deno.test("without a plan nothing is checked yet", () => {
  assertEquals(requireVoxelSizes(cohort(SOUND, SOUND, [[12, 10, 8], [2000, 2000, 3000]]), {}), []);
});
