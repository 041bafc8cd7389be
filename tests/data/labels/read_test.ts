import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { readLabels } from "../../../src/data/labels/read.ts";
import { writeNifti } from "../../../src/data/nifti/write.ts";
import { withFolder } from "../_files.ts";

const SCHEME = { labels: new Map([[1, "one"], [2, "two"], [200, "far"]]) };

async function writeLabels(path: string, values: readonly number[]): Promise<void> {
  const affine = [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
  await writeNifti(path, {
    ...{ data: Float32Array.from(values), dims: [2, 2, values.length / 4], spacing: [1, 1, 1] as const },
    ...{ affine, orientation: "LAS", datatype: "float32" },
  });
}

Deno.test("stored values that are nearly a label are that label", () =>
  withFolder(async (directory) => {
    const path = `${directory}/label.nii`;
    await writeLabels(path, [0.9999, 1.9998, -0.0002, 2.0001, 1, 0.003921569 * 255, 51 / 255 * 5, 199.9902]);
    const { data, orientation } = await readLabels(path, SCHEME);
    assertEquals(data, Uint8Array.of(1, 2, 0, 2, 1, 1, 1, 200));
    assertEquals(orientation, "LAS");
  }));

Deno.test("labels above 255 do not fit a byte, and keep their values", () =>
  withFolder(async (directory) => {
    const path = `${directory}/label.nii`;
    await writeLabels(path, [0, 1, 300, 1]);
    const scheme = { labels: new Map([[1, "one"], [300, "three hundred"]]) };
    assertEquals((await readLabels(path, scheme)).data, Float32Array.of(0, 1, 300, 1));
  }));

Deno.test("a value that is no label is refused with file, value, voxel and the dataset's labels", () =>
  withFolder(async (directory) => {
    const path = `${directory}/label.nii`;
    for (
      const [value, shown] of [
        ...[[3, "3"], [-1, "-1"], [0.5, "0.5"], [1.0625, "1.0625"], [255, "255"], [300, "300"]] as const,
        ...[[NaN, "not a number (NaN)"], [-Infinity, "-Infinity"]] as const,
      ]
    ) {
      await writeLabels(path, [0, 1, 2, 0, 0, 0, 0, value, 0, 7, 0, 0]);
      await assertRejects(
        () => readLabels(path, SCHEME),
        UserError,
        `loading a case: every label must be one that the dataset names: 0, 1, 2, 200 (${path}: ${shown} at voxel 1, 1, 1)`,
      );
    }
  }));

Deno.test("the value that marks voxels without annotation is read as it is, and told when another is refused", () =>
  withFolder(async (directory) => {
    const path = `${directory}/label.nii`, scheme = { ...SCHEME, ignore: 3 };
    await writeLabels(path, [0, 2.9999, 1, 3]);
    assertEquals((await readLabels(path, scheme)).data, Uint8Array.of(0, 3, 1, 3));
    assertEquals((await readLabels(path, scheme, { ignored: "background" })).data, Uint8Array.of(0, 0, 1, 0));
    await writeLabels(path, [0, 3, 4, 0]);
    await assertRejects(() => readLabels(path, scheme), UserError, "names: 0, 1, 2, 3 (ignored), 200");
  }));
