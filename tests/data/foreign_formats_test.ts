import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { foreignByBytes, foreignByName } from "../../src/data/foreign_formats.ts";
import { parseHeader } from "../../src/data/nifti/header.ts";
import { counting } from "./_files.ts";

/** 400 bytes of zeros but for `text` at `offset`. */
function bytes(text: string, offset = 0): Uint8Array {
  const all = new Uint8Array(400);
  all.set(Array.from(text, (character) => character.charCodeAt(0)), offset);
  return all;
}

Deno.test("a format is known by its name, in whatever capitals, and what is read is none", () => {
  const names = ["a.DCM", "a.gipl", "a.mnc", "a.mgz", "a.npz", "a.TIFF", "a.nii.bz2", "a.tar.gz", "a.PAR"];
  assertEquals(names.filter((name) => !foreignByName(name)), []);
  assertEquals(["a.nii", "a.nii.gz", "a.hdr", "a.img", "a.json", "a", "a.seg.nrrd", "a.mhd"].filter(foreignByName), []);
});

Deno.test("a file that is called NIfTI and is something else is told by what it is", () => {
  const found = ([text, offset]: readonly [string, number?]) => foreignByBytes(bytes(text, offset))?.name;
  assertEquals(([["DICM", 128], ["NRRD0004"], ["\x89PNG"], ["/annex/objects/MD5"]] as const).map(found), [
    "DICOM",
    "NRRD",
    "single slices as pictures",
    "a pointer to a file that was not fetched",
  ]);
  assertEquals(foreignByBytes(counting([2, 2, 2])), undefined);
  assertThrows(
    () => parseHeader(bytes("DICM", 128), "a.nii"),
    UserError,
    "but it is DICOM: make volumes of its series",
  );
});

Deno.test("Analyze is what has NIfTI's size of a header and not its magic", () => {
  const analyze = bytes("");
  new DataView(analyze.buffer).setInt32(0, 348, false);
  assertThrows(() => parseHeader(analyze, "a.hdr"), UserError, "but it is Analyze 7.5: convert it by fslchfiletype");
});
