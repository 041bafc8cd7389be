import { assertEquals, assertRejects } from "@std/assert";
import { checkCases } from "../../../src/data/checks/check_cases.ts";
import { UserError } from "../../../src/core/errors.ts";
import { counting, withFolder } from "../_files.ts";

/** Writes cases a, b, … of the given dims of image and label, and returns their references. */
async function lay(directory: string, dims: readonly [image: number[], label?: number[]][]) {
  return await Promise.all(dims.map(async ([image, label], index) => {
    const id = "abcdef"[index];
    const reference = { id, subject: id, image: `${directory}/${id}.nii` };
    await Deno.writeFile(reference.image, counting(image));
    if (!label) return reference;
    await Deno.writeFile(`${directory}/${id}_label.nii`, counting(label));
    return { ...reference, label: `${directory}/${id}_label.nii` };
  }));
}

Deno.test("cases whose headers are sound raise nothing, with or without labels", () =>
  withFolder(async (directory) => {
    assertEquals(await checkCases(await lay(directory, [[[2, 3, 4], [2, 3, 4]], [[2, 2, 2]]])), { warnings: [] });
  }));

Deno.test("a fault is told from headers alone, with its file", () =>
  withFolder(async (directory) => {
    const check = async (...dims: [number[], number[]?][]) => checkCases(await lay(directory, dims));
    const shape = "must have the shape of its image, 2x2x2 (" + `${directory}/b_label.nii: 2x2x3)`;
    await assertRejects(() => check([[2, 2, 2], [2, 2, 2]], [[2, 2, 2], [2, 2, 3]]), UserError, shape);
    const series =
      `a 3D image is needed, or dataset.json must name the channels that its frames are (${directory}/a.nii: 2x2x2x4)`;
    await assertRejects(() => check([[2, 2, 2, 4], [2, 2, 2]]), UserError, series);
    await assertRejects(() => check([[2, 2, 2], [2, 2, 2, 4]]), UserError, `${directory}/a_label.nii: 2x2x2x4`);
  }));

Deno.test("of several cases at fault the first is named, and how many come after it", () =>
  withFolder(async (directory) => {
    const cases = await lay(directory, [[[2, 2, 2]], [[2, 2, 2], [2, 2, 3]], [[2, 2, 2, 2]], [[2, 2, 2]]]);
    const first = `(${directory}/b_label.nii: 2x2x3)`;
    await assertRejects(() => checkCases(cases), UserError, `${first}; 1 more case is at fault, too`);
    await Deno.writeTextFile(cases[3].image, "no volume");
    await assertRejects(() => checkCases(cases), UserError, `${first}; 2 more cases are at fault, too`);
  }));

Deno.test("an abort ends the checks between two cases", () =>
  withFolder(async (directory) => {
    const cases = await lay(directory, [[[2, 2, 2]]]);
    await assertRejects(() => checkCases(cases, { signal: AbortSignal.abort(new Error("enough")) }), Error, "enough");
  }));

Deno.test("voxel sizes and places are checked with the others, and what is odd of a header is returned", () =>
  withFolder(async (directory) => {
    const cases = await lay(directory, [[[2, 3, 4], [2, 3, 4]], [[2, 3, 4], [2, 3, 4]], [[2, 3, 4]]]);
    const plan = { spacing: [1, 1, 1] } as const;
    const sizes = { pixdim: [1, 0, 1] };
    await Deno.writeFile(cases[0].image, counting([2, 3, 4], sizes));
    const text = "pixdim does not hold sizes above zero (1 x 0 x 1): 1 x 1 x 1 mm are taken";
    assertEquals(await checkCases(cases, { plan }), { warnings: [`${cases[0].image}: ${text}`] });
    await Deno.writeFile(cases[2].image, counting([2, 3, 4], { pixdim: [1000, 1, 1] }));
    await assertRejects(() => checkCases(cases, { plan }), UserError, `(${cases[2].image}: voxels of 1000 mm`);
    await Deno.writeFile(cases[1].image, counting([2, 3, 4], { qformCode: 1, quaternion: [0, 0, 0, 50, 0, 0] }));
    await Deno.writeFile(`${directory}/b_label.nii`, counting([2, 3, 4], { qformCode: 1 }));
    await assertRejects(() => checkCases(cases, { plan }), UserError, `(${directory}/b_label.nii: up to 50 mm away`);
  }));
