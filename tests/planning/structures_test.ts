import { assertEquals } from "@std/assert";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { structuresOf } from "../../src/planning/structures.ts";
import { withFolder } from "../data/_files.ts";

const DIMS = [4, 5, 6] as const;
const IRA = [[0, 0, 4, 0], [0, 3, 0, 0], [-2, 0, 0, 0], [0, 0, 0, 1]]; // stored axes go to I, A, R

/** Writes voxels x, y, z, value of a label file. */
async function label(path: string, voxels: [x: number, y: number, z: number, value: number][]): Promise<string> {
  const data = new Float32Array(120);
  for (const [x, y, z, value] of voxels) data[x + 4 * (y + 5 * z)] = value;
  const volume = { data, dims: DIMS, spacing: [2, 3, 4] as const, affine: IRA, orientation: "IAR", datatype: "uint8" };
  await writeNifti(path, volume, { datatype: "uint8" });
  return path;
}

Deno.test("structures are measured along RAS axes, by name and together, what nobody annotated left out", () =>
  withFolder(async (directory) => {
    const scheme = { labels: new Map([[1, "left"], [2, "right"], [5, "absent"]]), ignore: 9 };
    const reference = (id: string, label?: string) => ({ id, subject: id, site: "1", image: "", label });
    const cases = [
      reference("a", await label(`${directory}/a.nii`, [[0, 0, 0, 1], [1, 2, 0, 1], [3, 0, 5, 2], [3, 4, 5, 9]])),
      reference("b", await label(`${directory}/b.nii`, [[2, 2, 2, 2]])),
      reference("empty", await label(`${directory}/c.nii`, [])),
      reference("unlabelled"),
    ];
    const { foreground, structures } = await structuresOf(cases, scheme, {});
    const most = (extents: NonNullable<typeof foreground>) => extents.extent.map((along) => along.most);
    assertEquals(Object.keys(structures!), ["left", "right"]);
    assertEquals([structures!.left.cases, most(structures!.left)], [1, [4, 9, 4]]);
    assertEquals([structures!.right.cases, most(structures!.right)], [2, [4, 3, 2]]);
    assertEquals([foreground!.cases, most(foreground!)], [2, [24, 9, 8]]);
    assertEquals(foreground!.extent[0].least, 4);
    assertEquals(await structuresOf(cases.slice(2), scheme, {}), {});
    const mended = await structuresOf(cases.slice(1, 2), scheme, { fieldOfView: 10, sliceSpacing: 7 });
    assertEquals(most(mended.foreground!), [7, 2, 2]);
  }));
