import { assertEquals } from "@std/assert";
import { summariseNifti } from "../../src/data/nifti/summary.ts";
import { countingSpec, handMadeFile, withFolder } from "./_files.ts";

/** A float32 file with the given values along x. */
function floats(values: number[], slope = 1): Uint8Array<ArrayBuffer> {
  return handMadeFile(countingSpec([values.length, 1, 1], {
    code: 16,
    bytesPerVoxel: 4,
    slope,
    put: (view, offset, index, le) => view.setFloat32(offset, values[index], le),
  }));
}

Deno.test("voxels that are no numbers are left out of minimum, maximum and mean", async () => {
  await withFolder(async (directory) => {
    await Deno.writeFile(`${directory}/a.nii`, floats([NaN, 2, 4, NaN, 9]));
    const { min, max, mean } = await summariseNifti(`${directory}/a.nii`);
    assertEquals([min, max, mean], [2, 9, 5]);
  });
});

Deno.test("a file of nothing but NaN has none of them", async () => {
  await withFolder(async (directory) => {
    await Deno.writeFile(`${directory}/a.nii`, floats([NaN, NaN]));
    const { min, max, mean } = await summariseNifti(`${directory}/a.nii`);
    assertEquals([min, max, mean], [null, null, null]);
  });
});

Deno.test("a negative slope turns minimum and maximum round", async () => {
  await withFolder(async (directory) => {
    await Deno.writeFile(`${directory}/a.nii`, floats([1, 2, 3], -2));
    const { min, max, mean } = await summariseNifti(`${directory}/a.nii`);
    assertEquals([min, max, mean], [-6, -2, -4]);
  });
});
