import { assertEquals, assertThrows } from "@std/assert";
import type { Triple } from "../../../src/core/triple.ts";
import { tellThinVolumes } from "../../../src/data/checks/thin.ts";
import { UserError } from "../../../src/core/errors.ts";
import { parseHeader } from "../../../src/data/nifti/header.ts";
import { counting } from "../_files.ts";

/** Cases a, b, … whose images have the given dims, 1 mm along x and y and 2 mm along z. */
const cases = (...dims: Triple[]) =>
  dims.map((own, index) => {
    const id = "abcdefgh"[index];
    const reference = { id, subject: id, image: `${id}.nii` };
    return { reference, image: parseHeader(counting([...own], { pixdim: [1, 1, 2] }), id) };
  });

Deno.test("volumes of half a patch or more raise nothing, nor does what is checked without a plan or a patch", () => {
  const all = cases([16, 16, 8], [8, 9, 4]);
  assertEquals(tellThinVolumes(all, { plan: { spacing: [1, 1, 2] }, patch: [8, 16, 16] }), []);
  assertEquals(tellThinVolumes(all, { plan: { spacing: [1, 1, 2] } }), []);
  assertEquals(tellThinVolumes(all, { patch: [64, 64, 64] }), []);
});

Deno.test("thinner ones are named by axis with the voxels that they have on the plan's grid", () => {
  const rest = "of a patch, which continues their border beyond them";
  const all = cases([16, 16, 1], [7, 16, 8], [16, 16, 2]);
  assertEquals(tellThinVolumes(all, { plan: { spacing: [1, 1, 2] }, patch: [8, 16, 16] }), [
    `along x, 1 of 3 volumes has fewer than half the 16 voxels ${rest}: b (7)`,
    `along z, 2 of 3 volumes have fewer than half the 8 voxels ${rest}: a (1), c (2)`,
  ]);
  // what counts is the grid of the plan: finer, two slices are four
  assertEquals(tellThinVolumes(all.slice(2), { plan: { spacing: [1, 1, 1] }, patch: [8, 16, 16] }), []);
  const cropped = { spacing: null, crop: [16, 5, 16] as const };
  assertEquals(tellThinVolumes(all.slice(2), { plan: cropped, patch: [2, 16, 16] }), [
    `along y, 1 of 1 volumes has fewer than half the 16 voxels ${rest}: c (5)`,
  ]);
});

Deno.test("of many, four are named", () => {
  const all = cases(...Array.from({ length: 6 }, (): Triple => [16, 16, 1]));
  const [sentence] = tellThinVolumes(all, { plan: { spacing: null }, patch: [8, 16, 16] });
  assertEquals(sentence.endsWith(": a (1), b (1), c (1), d (1) and 2 more"), true, sentence);
});

Deno.test("where the patch is fixed, volumes are refused if all are thinner than half of it", () => {
  const all = cases([16, 16, 1], [16, 16, 3], [16, 16, 4]);
  const context = { plan: { spacing: null }, patch: [8, 16, 16] as Triple, fixedPatch: true };
  assertEquals(tellThinVolumes(all, context).length, 1);
  const rule = "at least half the 8 voxels of the model's patch along z, at its spacing, and none has";
  assertThrows(() => tellThinVolumes(all.slice(0, 2), context), UserError, rule);
});
