import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { checkCases } from "../../../src/data/checks/check_cases.ts";
import { openDataset } from "../../../src/data/datasets/registry.ts";
import { withFolder } from "../_files.ts";
import { lay, NNUNET } from "../datasets/_lay.ts";

const FIXTURES = fromFileUrl(new URL("fixtures", import.meta.url));
const fixture = (name: string) => Deno.readFile(join(FIXTURES, name));

Deno.test("nnU-Net's layout may be of .mha or .nrrd files, said or not", async () => {
  for (const [ending, bytes] of [[".mha", await fixture("local.mha")], [".nrrd", await fixture("raw.nrrd")]] as const) {
    for (const file_ending of [ending, ending.slice(1), undefined]) {
      await withFolder(async (directory) => {
        await lay(directory, {
          [`imagesTr/a_0000${ending}`]: bytes,
          [`labelsTr/a${ending}`]: bytes,
          "subjects.tsv": `case\tsubject\na${ending}\tP\n`,
          "dataset.json": { ...NNUNET, file_ending },
        });
        const { cases } = await openDataset(directory);
        assertEquals(cases.map(({ id, subject, label }) => [id, subject, label]), [
          ["a", "P", `${directory}/labelsTr/a${ending}`],
        ]);
        await checkCases(cases);
      });
    }
  }
});

Deno.test("a plain folder may mix formats; the file of a header's voxels is no case", () =>
  withFolder(async (directory) => {
    const names = ["local.mha", "apart.mhd", "apart.raw", "raw.nrrd", "packed_apart.mhd", "packed_apart.zraw"];
    for (const name of names) await Deno.copyFile(join(FIXTURES, name), join(directory, name));
    const { cases, notes } = await openDataset(directory);
    assertEquals(cases.map(({ id }) => id), ["apart", "local", "packed_apart", "raw"]);
    assertEquals(notes, []);
    await checkCases(cases);
  }));
