import { assertEquals } from "@std/assert";
import { summariseVolume } from "../../src/data/formats/summary.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { counting, countingSpec, type HandMade, handMadeFile, withFolder } from "./_files.ts";

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
    const { min, max, mean } = await summariseVolume(`${directory}/a.nii`);
    assertEquals([min, max, mean], [2, 9, 5]);
  });
});

Deno.test("a file of nothing but NaN has none of them", async () => {
  await withFolder(async (directory) => {
    await Deno.writeFile(`${directory}/a.nii`, floats([NaN, NaN]));
    const { min, max, mean } = await summariseVolume(`${directory}/a.nii`);
    assertEquals([min, max, mean], [null, null, null]);
  });
});

Deno.test("infinite voxels are counted beside the range of the finite ones, each kind for itself", async () => {
  await withFolder(async (directory) => {
    const odd = [Infinity, 2, -Infinity, NaN, 9, Infinity, 1];
    await Deno.writeFile(`${directory}/a.nii`, floats(odd));
    const summary = await summariseVolume(`${directory}/a.nii`);
    const { min, max, mean, notFinite } = summary;
    assertEquals([min, max, mean], [1, 9, 4]);
    assertEquals(notFinite, { nan: 1, plusInfinity: 2, minusInfinity: 1 });
    assertEquals(JSON.parse(JSON.stringify(summary)), summary);
    await Deno.writeFile(`${directory}/a.nii`, floats(odd, -2));
    const turned = await summariseVolume(`${directory}/a.nii`);
    assertEquals([turned.min, turned.max, turned.mean], [-18, -2, -8]);
    assertEquals(turned.notFinite, { nan: 1, plusInfinity: 1, minusInfinity: 2 });
    await Deno.writeFile(`${directory}/a.nii`, floats([Infinity, -Infinity]));
    const none = await summariseVolume(`${directory}/a.nii`);
    assertEquals([none.min, none.max, none.mean, none.notFinite.nan], [null, null, null, 0]);
  });
});

Deno.test("voxels at the ends of double precision have numbers that JSON can say", async () => {
  await withFolder(async (directory) => {
    const doubles = { code: 64, bytesPerVoxel: 8, slope: 10 };
    const put: HandMade["put"] = (view, offset, index, le) => view.setFloat64(offset, [1e308, 1.5e308][index], le);
    await Deno.writeFile(`${directory}/a.nii`, handMadeFile(countingSpec([2, 1, 1], { ...doubles, put })));
    const { min, max, mean, notFinite } = await summariseVolume(`${directory}/a.nii`);
    const most = Number.MAX_VALUE;
    assertEquals([min, max, mean], [most, most, most]);
    assertEquals(notFinite, { nan: 0, plusInfinity: 0, minusInfinity: 0 });
  });
});

for (const pixdim of [[0, 0, 0], [-2, 2, 3], [NaN, NaN, NaN], [Infinity, 2, -0]]) {
  Deno.test(`voxel sizes are sizes, those that training takes, where pixdim is ${pixdim}`, async () => {
    await withFolder(async (directory) => {
      const srow = [[0, 2, 0, -10], [2, 0, 0, 20], [0, 0, 3, 5]];
      const path = `${directory}/a.nii`;
      await Deno.writeFile(path, counting([3, 4, 5, 2], { sformCode: 1, srow, pixdim: [...pixdim, -1] }));
      const { spacing, affine, remarks } = await summariseVolume(path);
      assertEquals(spacing, [2, 2, 3, 0]);
      assertEquals(affine, [...srow, [0, 0, 0, 1]]);
      assertEquals(remarks.length, 1);
      assertEquals((await readVolume(path, { frame: 0 })).spacing, [2, 2, 3]);
    });
  });
}

Deno.test("a file in microns is shown in mm, voxel sizes and affine", async () => {
  await withFolder(async (directory) => {
    const srow = [[-2000, 0, 0, 10000], [0, 2000, 0, -20000], [0, 0, 3000, 5000]];
    const spec = { sformCode: 2, srow, pixdim: [2000, 2000, 3000, 1500], units: 3 + 16 };
    await Deno.writeFile(`${directory}/a.nii`, counting([3, 4, 5, 2], spec));
    const { spacing, affine, remarks } = await summariseVolume(`${directory}/a.nii`);
    assertEquals(spacing, [2, 2, 3, 1500]);
    assertEquals(affine, [[-2, 0, 0, 10], [0, 2, 0, -20], [0, 0, 3, 5], [0, 0, 0, 1]]);
    assertEquals(remarks, []);
  });
});

Deno.test("a negative slope turns minimum and maximum round", async () => {
  await withFolder(async (directory) => {
    await Deno.writeFile(`${directory}/a.nii`, floats([1, 2, 3], -2));
    const { min, max, mean } = await summariseVolume(`${directory}/a.nii`);
    assertEquals([min, max, mean], [-6, -2, -4]);
  });
});
