/** `deno task convert`: what it makes of a folder, again and again, and what it refuses. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { convert } from "../../src/cli/convert.ts";
import { UserError } from "../../src/core/errors.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writeSeries } from "../data/dicom/_write.ts";
import { counting } from "../data/_files.ts";
import { withDirectory } from "../peer/_site.ts";

const FIXTURES = fromFileUrl(new URL("../data", import.meta.url));

/** The command's run, and what it says on standard output. */
async function run(directory: string, flags: readonly string[] = []): Promise<string> {
  const lines: string[] = [], log = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    await convert.run(["--input", join(directory, "in"), "--output", join(directory, "out"), ...flags]);
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

const namesIn = (directory: string) => [...Deno.readDirSync(directory)].map(({ name }) => name).sort();

Deno.test("series and volumes become NIfTI files of the same values in the same place, which are a dataset", () =>
  withDirectory(async (directory) => {
    const [input, output] = [join(directory, "in"), join(directory, "out")];
    await writeSeries(join(input, "p1"), 3);
    for (const name of ["bits", "slopes", "explicit"]) {
      await Deno.mkdir(join(input, name));
      for (const file of namesIn(join(FIXTURES, "dicom/fixtures", name))) {
        await Deno.copyFile(join(FIXTURES, "dicom/fixtures", name, file), join(input, name, file));
      }
    }
    await Deno.mkdir(join(input, "itk"));
    for (const name of ["raw.nrrd", "local.mha", "apart.mhd", "apart.raw"]) {
      await Deno.copyFile(join(FIXTURES, "formats/fixtures", name), join(input, "itk", name));
    }
    await Deno.writeFile(join(input, "a.nii"), counting([2, 2, 2]));
    assertStringIncludes(await run(directory), "7 volumes in ");
    const { cases } = await openDataset(output);
    const person = "bits_s16_Phantom_16_t2_ax";
    assertEquals(cases.map(({ id, subject }) => [id, subject]), [
      [person, person],
      ["explicit_s12_Phantom_12_t2_ax", person],
      ["itk_apart", "itk_apart"],
      ["itk_local", "itk_local"],
      ["itk_raw", "itk_raw"],
      ["p1_s4_t2_ax", "p1_s4_t2_ax"],
      ["slopes_s15_Phantom_15_t2_ax", person],
    ]);
    for (
      const [id, path, datatype] of [
        [person, "bits", "int16"],
        ["slopes_s15_Phantom_15_t2_ax", "slopes", "float32"],
        ["explicit_s12_Phantom_12_t2_ax", "explicit", "int16"],
        ["p1_s4_t2_ax", "p1/0.dcm", "uint8"],
        ["itk_apart", "itk/apart.mhd", "int16"],
      ]
    ) {
      const [made, own] = [await readVolume(join(output, `${id}.nii.gz`)), await readVolume(join(input, path))];
      assertEquals([made.data, made.dims, made.datatype], [own.data, own.dims, datatype], id);
      made.affine.flat().forEach((value, i) => assert(Math.abs(value - own.affine.flat()[i]) < 1e-4));
      made.spacing.forEach((value, i) => assert(Math.abs(value - own.spacing[i]) < 1e-5));
    }
  }));

Deno.test("a series at fault is told, the others are converted, and a second call goes on with what is not done", () =>
  withDirectory(async (directory) => {
    const [input, output] = [join(directory, "in"), join(directory, "out")];
    await writeSeries(join(input, "a"), 3);
    const b = (z: number) => ({ "0020,000e": "1.2.4", "0008,0018": `1.2.4.${z}` });
    await writeSeries(join(input, "b"), 4, (z) => z === 1 ? undefined : b(z));
    const { message } = await assertRejects(() => run(directory), UserError);
    assertStringIncludes(message, "1 of the series and files could not be converted");
    assertStringIncludes(message, "5 mm between 0.dcm and 2.dcm");
    assertEquals(namesIn(output), ["a_s4_t2_ax.nii.gz", "subjects.tsv"]);
    const before = await Deno.stat(join(output, "a_s4_t2_ax.nii.gz"));
    await writeSeries(join(input, "b"), 4, b);
    const text = await run(directory);
    assertStringIncludes(text, "1/2  a_s4_t2_ax  is done already");
    assertStringIncludes(text, "2/2  b_s4_t2_ax  2 x 3 x 4");
    assertEquals((await Deno.stat(join(output, "a_s4_t2_ax.nii.gz"))).mtime, before.mtime);
    assertEquals(
      await Deno.readTextFile(join(output, "subjects.tsv")),
      "case\tsubject\na_s4_t2_ax\ta_s4_t2_ax\nb_s4_t2_ax\ta_s4_t2_ax\n",
    );
    assertEquals((await run(directory, ["--again"])).includes("done already"), false);
  }));

Deno.test("a mistake is one sentence that names what is wrong, and nothing is written", () =>
  withDirectory(async (directory) => {
    const [input, output] = [join(directory, "in"), join(directory, "out")];
    await assertRejects(() => run(directory), UserError, "the folder must be there and readable");
    await Deno.mkdir(input);
    await assertRejects(() => run(directory), UserError, "the folder must hold DICOM series, .mha");
    await writeSeries(join(input, "a"), 3);
    await Deno.mkdir(output);
    await Deno.writeTextFile(join(output, "subjects.tsv"), "case\tsubject\tage\nx\ty\t3\n");
    await assertRejects(() => run(directory), UserError, "must have the columns case and subject only");
    assertEquals(namesIn(output), ["subjects.tsv"]);
    await Deno.remove(output, { recursive: true });
    await Deno.writeTextFile(output, "");
    await assertRejects(() => run(directory), UserError, "converting: ");
  }));
