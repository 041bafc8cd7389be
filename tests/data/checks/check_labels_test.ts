import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { checkLabels } from "../../../src/data/checks/check_labels.ts";
import { handMadeFile, withFolder } from "../_files.ts";

const SCHEME = { labels: new Map([[1, "outer"], [2, "inner"]]), ignore: 3, cases: [] };

/** Writes float32 label files of four voxels, named a, b, …; their images are not there. */
async function lay(directory: string, ...labels: number[][]) {
  return await Promise.all(labels.map(async (values, index) => {
    const id = "abcdef"[index], label = `${directory}/${id}_label.nii`;
    const put = (view: DataView, offset: number, at: number, littleEndian: boolean) =>
      view.setFloat32(offset, values[at], littleEndian);
    await Deno.writeFile(label, handMadeFile({ dims: [4, 1, 1], code: 16, bytesPerVoxel: 4, put }));
    return { id, subject: id, image: `${directory}/${id}.nii`, label };
  }));
}

Deno.test("each label file is read once, whoever uses it, and told; images are not looked at", () =>
  withFolder(async (directory) => {
    const [a, b, c] = await lay(directory, [0, 1, 1.9998, 0], [0, 0, 3, 0], [0, 2, 0, 1]);
    const { label: _, ...unlabelled } = c;
    const told: string[] = [];
    const sites = [{ name: "north", labelled: [a, b], test: [c] }, {
      name: "south",
      labelled: [c],
      test: [a, unlabelled],
    }];
    const { warnings } = await checkLabels(sites, SCHEME, {
      onProgress: ({ step, steps }) => told.push(`${step}/${steps}`),
    });
    assertEquals(told, ["1/3", "2/3", "3/3"]);
    assertEquals(warnings, [
      "north: the labelled case b holds none of the dataset's structures: fine-tuning sees background only there",
    ]);
  }));

Deno.test("labels of background and ignored voxels only are refused with their files, if no other case has more", () =>
  withFolder(async (directory) => {
    const [a, b, c] = await lay(directory, [0, 0, 0, 0], [3, 3, 3, 3], [0, 2, 0, 0]);
    const sites = [{ labelled: [a], test: [b] }];
    const check = (cases: (typeof a)[]) => checkLabels(sites, { ...SCHEME, cases });
    await assertRejects(() => check([a, b]), UserError, `(${a.label}, ${b.label}: no structure)`);
    assertEquals((await check([a, b, c])).warnings, [
      "the labelled case a holds none of the dataset's structures: fine-tuning sees background only there",
      "the test case b holds none of the dataset's structures: Dice says nothing there",
    ]);
  }));

Deno.test("where no label file is used, none is looked at", () =>
  withFolder(async (directory) => {
    const cases = await lay(directory, [0, 9, 9, 0]); // a value that is no label
    assertEquals(await checkLabels([{ labelled: [], test: [] }], { ...SCHEME, cases }), { warnings: [] });
  }));

Deno.test("a value that is no label is told with its file and voxel", () =>
  withFolder(async (directory) => {
    const [a, b] = await lay(directory, [0, 1, 2, 0], [0, 0, 0, 2.5]);
    await assertRejects(
      () => checkLabels([{ labelled: [a], test: [b] }], SCHEME),
      UserError,
      `${b.label}: 2.5 at voxel 3, 0, 0`,
    );
  }));

Deno.test("an abort ends the reading between two files", () =>
  withFolder(async (directory) => {
    const labelled = await lay(directory, [0, 1, 2, 0], [0, 1, 2, 0]);
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error("enough"));
    const reading = () => checkLabels([{ labelled, test: [] }], SCHEME, { onProgress, signal: stop.signal });
    await assertRejects(reading, Error, "enough");
  }));
