import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findSeries } from "../../../src/data/dicom/find.ts";
import { safeDescription } from "../../../src/data/dicom/slice.ts";
import { withFolder } from "../_files.ts";
import { dicomFile, sliceElements, writeSeries } from "./_write.ts";

Deno.test("series of one folder are kept apart, named by number and description, and told whose they are", () =>
  withFolder(async (directory) => {
    await writeSeries(`${directory}/a/study`, 2);
    for (let z = 0; z < 2; z++) {
      const other = { "0020,000e": "1.2.4", "0008,0018": `1.2.4.${z}`, "0020,0011": "5", "0008,103e": "" };
      await Deno.writeFile(`${directory}/a/study/OTHER${z}`, dicomFile(sliceElements(z, other)));
    }
    await writeSeries(
      `${directory}/b`,
      2,
      (z) => ({ "0020,000e": "1.2.5", "0008,0018": `1.2.5.${z}`, "0010,0020": "P8" }),
    );
    await Deno.writeTextFile(`${directory}/b/notes.txt`, "no slice");
    const { series, faults, notes } = await findSeries(directory);
    assertEquals(series.map(({ id, subject, slices }) => [id, subject, slices.length]), [
      ["a_study_s4_t2_ax", "a_study_s4_t2_ax", 2],
      ["a_study_s5", "a_study_s4_t2_ax", 2],
      ["b_s4_t2_ax", "b_s4_t2_ax", 2],
    ]);
    assertEquals([faults, notes], [[], []]);
  }));

Deno.test("localisers and pictures without a place are left out, and objects that are no pictures are not told", () =>
  withFolder(async (directory) => {
    const of = (uid: string) => (z: number) => ({ "0020,000e": uid, "0008,0018": `${uid}.${z}` });
    await writeSeries(
      `${directory}/scout`,
      3,
      (z) => ({ ...of("1.1")(z), "0008,0008": "ORIGINAL\\PRIMARY\\LOCALIZER" }),
    );
    await writeSeries(`${directory}/dose`, 1, (z) => ({ ...of("1.2")(z), "0020,0032": undefined }));
    await writeSeries(`${directory}/report`, 1, (z) => ({ ...of("1.3")(z), "7fe0,0010": undefined }));
    const { series, faults, notes } = await findSeries(directory);
    assertEquals([series, faults, notes.length], [[], [], 2]);
    assertStringIncludes(notes[0], "dose, series 4 (t2_ax): no picture says where it lies");
    assertStringIncludes(notes[1], "scout, series 4 (t2_ax): it is a localiser");
  }));

Deno.test("a series in two folders, and one beside a damaged file, are at fault", () =>
  withFolder(async (directory) => {
    await writeSeries(`${directory}/a`, 4, (z) => z < 2 ? {} : undefined);
    await writeSeries(`${directory}/b`, 4, (z) => z < 2 ? undefined : {});
    await writeSeries(`${directory}/c`, 2, (z) => ({ "0020,000e": "1.2.5", "0008,0018": `1.2.5.${z}` }));
    await Deno.writeFile(`${directory}/c/odd`, dicomFile(sliceElements(1)).slice(0, 300));
    const { series, faults } = await findSeries(directory);
    assertStringIncludes(series[0].fault!.message, "all slices must lie in one folder");
    assertStringIncludes(series[1].fault!.message, "may be one of its slices");
    assertEquals(faults.length, 1);
  }));

Deno.test("links are followed, each folder once, and a file that is only called DICOM is told", () =>
  withFolder(async (directory) => {
    await writeSeries(`${directory}/elsewhere`, 2);
    await Deno.mkdir(`${directory}/in`);
    await Deno.symlink(`${directory}/elsewhere`, `${directory}/in/a`);
    await Deno.symlink(`${directory}/in`, `${directory}/in/again`);
    await Deno.symlink(`${directory}/nowhere`, `${directory}/in/lost`);
    await Deno.mkdir(`${directory}/in/b`);
    await Deno.writeTextFile(`${directory}/in/b/x.dcm`, "");
    const { series, faults } = await findSeries(`${directory}/in`);
    assertEquals(series.map(({ id, slices, fault }) => [id, slices.length, fault]), [["a_s4_t2_ax", 2, undefined]]);
    assertEquals(faults.length, 1);
    assertStringIncludes(faults[0].message, "must begin as DICOM files do");
  }));

Deno.test("a description that may tell of the patient is no part of a name", () => {
  const personal = ["Doe^Jane", "P-7781", "", "A77"];
  assertEquals(safeDescription("t2 tse / ax, 3mm", personal), "t2_tse_ax_3mm");
  for (const text of ["Brain JANE", "MR of p7781 7781", "doe_t2", "born 19720304", "20240101 t1"]) {
    assertEquals(safeDescription(text, personal), "", text);
  }
  assertEquals(safeDescription("../../etc Köpf", []), "etc_K_pf");
  assert(safeDescription("x".repeat(200), []).length <= 40);
});
