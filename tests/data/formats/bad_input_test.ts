import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { UserError } from "../../../src/core/errors.ts";
import { volumeFormats } from "../../../src/data/formats/registry.ts";
import { readHeaderOf, readImage } from "../../../src/data/formats/registry.ts";
import { withFolder } from "../_files.ts";

type Fields = Record<string, string | undefined>;

/** 2 x 3 x 4 voxels of int16. */
const VOXELS = new Uint8Array(48);

function mha(fields: Fields = {}, voxels: Uint8Array = VOXELS): Uint8Array<ArrayBuffer> {
  const all: Fields = {
    ObjectType: "Image",
    NDims: "3",
    BinaryData: "True",
    TransformMatrix: "1 0 0 0 1 0 0 0 1",
    Offset: "0 0 0",
    ElementSpacing: "1 1 2",
    DimSize: "2 3 4",
    ElementType: "MET_SHORT",
    ...fields,
    ElementDataFile: fields.ElementDataFile ?? "LOCAL",
  };
  const said = Object.entries(all).filter(([, value]) => value !== undefined);
  return new Uint8Array([...bytesOf(said.map(([key, value]) => `${key} = ${value}\n`).join("")), ...voxels]);
}

function nrrd(fields: Fields = {}, voxels: Uint8Array = VOXELS): Uint8Array<ArrayBuffer> {
  const all: Fields = {
    type: "int16",
    dimension: "3",
    space: "left-posterior-superior",
    sizes: "2 3 4",
    "space directions": "(1,0,0) (0,1,0) (0,0,2)",
    "space origin": "(0,0,0)",
    endian: "little",
    encoding: "raw",
    ...fields,
  };
  const said = Object.entries(all).filter(([, value]) => value !== undefined);
  const text = `NRRD0005\n# made by hand\n${said.map(([key, value]) => `${key}: ${value}\n`).join("")}\n`;
  return new Uint8Array([...bytesOf(text), ...voxels]);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const PACKED = gzipSync(VOXELS);

/** What is wrong, the file, and what is said of it. */
const CASES: readonly (readonly [string, string, Uint8Array<ArrayBuffer>, string])[] = [
  ["an empty file", "a.mha", new Uint8Array(), "must begin with fields up to ElementDataFile (a.mha)"],
  ["a header without an end", "a.mha", mha().slice(0, 60), "must begin with fields up to ElementDataFile"],
  ["another object", "a.mha", mha({ ObjectType: "Tube" }), "the object must be an image (a.mha: Tube)"],
  ["two dimensions", "a.mha", mha({ NDims: "2" }), "3 dimensions, or 4 with frames (a.mha: NDims = 2)"],
  ["text voxels", "a.mha", mha({ BinaryData: "False" }), "voxels must be binary"],
  ["colours", "a.mha", mha({ ElementNumberOfChannels: "3" }), "no colours, no vectors (a.mha: 3 channels)"],
  ["a slope", "a.mha", mha({ ElementToIntensityFunctionSlope: "2" }), "ElementToIntensityFunctionSlope must be 1"],
  ["an unknown type", "a.mha", mha({ ElementType: "MET_STRING" }), "ElementType must be one of MET_CHAR, "],
  ["a missing field", "a.mha", mha({ DimSize: undefined }), "the field DimSize must be there (a.mha)"],
  ["a voxel size of 0", "a.mha", mha({ ElementSpacing: "1 0 1" }), "voxel sizes must be above 0 (a.mha: 1 x 0 x 1)"],
  ["two voxel sizes", "a.mha", mha({ ElementSpacing: "1 1" }), "ElementSpacing must be 3 numbers (a.mha: 1 1)"],
  ["a dimension of 0", "a.mha", mha({ DimSize: "2 0 4" }), "every dimension must be at least 1 (a.mha: 2x0x4)"],
  ["a flat matrix", "a.mha", mha({ TransformMatrix: "1 0 0 1 0 0 0 0 1" }), "every voxel a place of its own"],
  ["a unit of its own", "a.mha", mha({ DistanceUnits: "inch" }), "DistanceUnits must be mm, um or cm (a.mha: inch)"],
  ["a file that is cut off", "a.mha", mha({}, VOXELS.slice(0, 40)), "2x3x4 voxels of int16 need 48 bytes (a.mha: 40"],
  ["a file elsewhere", "a.mhd", mha({ ElementDataFile: "../a.raw" }), "in the header's folder (a.mhd: ../a.raw)"],
  ["a file that is missing", "a.mhd", mha({ ElementDataFile: "b.raw" }), "must be there and readable (a.mhd: b.raw)"],
  ["a list of slices", "a.mhd", mha({ ElementDataFile: "LIST" }), "all voxels must be in one file, not one a slice"],
  ["numbered slices", "a.mhd", mha({ ElementDataFile: "s%03d.raw 1 4 1" }), "all voxels must be in one file"],
  ["zlib that is damaged", "a.mha", mha({ CompressedData: "True" }), "the zlib data must be whole and intact (a.mha"],
  ["an empty file", "a.nrrd", new Uint8Array(), "must begin with NRRD0001 to NRRD0005"],
  ["another beginning", "a.nrrd", mha(), "must begin with NRRD0001 to NRRD0005"],
  ["two dimensions", "a.nrrd", nrrd({ dimension: "2" }), "3 dimensions, or 4 with frames (a.nrrd: dimension: 2)"],
  ["blocks", "a.nrrd", nrrd({ type: "block" }), "the type must be integers or real numbers (a.nrrd: block)"],
  ["bzip2", "a.nrrd", nrrd({ encoding: "bzip2" }), "the encoding must be raw or gzip (a.nrrd: bzip2)"],
  ["an unsaid byte order", "a.nrrd", nrrd({ endian: undefined }), "the field endian must be there"],
  ["an unsaid space", "a.nrrd", nrrd({ space: undefined }), "the space must be one of left-posterior-superior"],
  ["a scanner's space", "a.nrrd", nrrd({ space: "scanner-xyz" }), "(a.nrrd: scanner-xyz)"],
  ["no geometry", "a.nrrd", nrrd({ "space directions": undefined }), "space directions or spacings must be there"],
  ["two directions", "a.nrrd", nrrd({ "space directions": "(1,0,0) (0,1,0)" }), "three numbers for each axis"],
  [
    "a short direction",
    "a.nrrd",
    nrrd({ "space directions": "(1,0) (0,1,0) (0,0,1)" }),
    "must be 3 numbers (a.nrrd: 1,0)",
  ],
  ["colours", "a.nrrd", nrrd({ kinds: "RGB-color domain domain" }), "must be those of space (no colours, no vectors)"],
  [
    "layers of segments",
    "a.seg.nrrd",
    nrrd({
      ...{ dimension: "4", sizes: "2 1 3 4", kinds: "list domain domain domain" },
      "space directions": "none (1,0,0) (0,1,0) (0,0,2)",
    }),
    "the first three axes must be those of space",
  ],
  ["a unit of its own", "a.nrrd", nrrd({ "space units": '"inch" "inch" "inch"' }), "must be mm, um, cm or m"],
  ["lines before the voxels", "a.nrrd", nrrd({ "line skip": "2" }), "no lines may stand before the voxels"],
  ["bytes before packed voxels", "a.nrrd", nrrd({ "byte skip": "8", encoding: "gzip" }, PACKED), "no bytes may stand"],
  ["a file that is cut off", "a.nrrd", nrrd({}, VOXELS.slice(1)), "2x3x4 voxels of int16 need 48 bytes (a.nrrd: 47"],
  ["gzip that is cut off", "a.nrrd", nrrd({ encoding: "gzip" }, PACKED.slice(0, 20)), "the gzip data must be whole"],
  ["raw called gzip", "a.nrrd", nrrd({ encoding: "gzip" }), "the gzip data must be whole and intact (a.nrrd"],
  ["more voxels than bytes", "a.nrrd", nrrd({ encoding: "gzip", sizes: "900 900 900" }, PACKED), "cannot hold them"],
  ["absurd dimensions", "a.nrrd", nrrd({ sizes: "99999 99999 99999" }), "the dimensions must be those of a real image"],
  ["a file that is missing", "a.nhdr", nrrd({ "data file": "b.raw" }), "must be there and readable (a.nhdr: b.raw)"],
];

for (const [what, name, bytes, said] of CASES) {
  Deno.test(`${name} with ${what} is refused in one sentence`, () =>
    withFolder(async (directory) => {
      const path = `${directory}/${name}`;
      await Deno.writeFile(path, bytes);
      const error = await assertRejects(() => readImage(path), UserError);
      const sentence = error.message.replaceAll(`${directory}/`, "");
      assertStringIncludes(sentence, said);
      assertEquals(sentence.split("\n").length, 1);
      assertStringIncludes(sentence, name);
    }));
}

Deno.test("a header is refused that its file cannot follow", () =>
  withFolder(async (directory) => {
    await Deno.writeFile(`${directory}/a.mha`, mha({}, VOXELS.slice(1)));
    await Deno.writeFile(`${directory}/a.nhdr`, nrrd({ "data file": "a.raw" }, new Uint8Array()));
    await Deno.writeFile(`${directory}/a.raw`, VOXELS.slice(1));
    for (const name of ["a.mha", "a.nhdr"]) {
      await assertRejects(() => readHeaderOf(`${directory}/${name}`), UserError, "need 48 bytes");
    }
  }));

Deno.test("what the files may say beside that is read", () =>
  withFolder(async (directory) => {
    const voxels = Uint8Array.from({ length: 48 }, (_, i) => i);
    const values = [...new Int16Array(voxels.buffer)];
    const swapped = [...new Uint8Array(48)].map((_, i) => voxels[i ^ 1]);
    const files: Record<string, Uint8Array<ArrayBuffer>> = {
      "crlf.nrrd": new Uint8Array([
        ...bytesOf(new TextDecoder().decode(nrrd({}, new Uint8Array())).replaceAll("\n", "\r\n")),
        ...voxels,
      ]),
      "skip.nrrd": nrrd({ "byte skip": "5" }, new Uint8Array([1, 2, 3, 4, 5, ...voxels])),
      "end.nrrd": nrrd({ "byte skip": "-1" }, new Uint8Array([1, 2, 3, 4, 5, ...voxels])),
      "big.nrrd": nrrd({ endian: "big" }, new Uint8Array(swapped)),
      "big.mha": mha({ ElementByteOrderMSB: "True" }, new Uint8Array(swapped)),
      "end.mhd": mha({ HeaderSize: "-1", ElementDataFile: "end.raw" }, new Uint8Array()),
      "end.raw": new Uint8Array([9, 9, 9, ...voxels]),
      "older.mha": mha({ TransformMatrix: undefined, Offset: undefined, Position: "0 0 0" }, voxels),
      "cm.mha": mha({ ElementSpacing: "0.1 0.1 0.2", DistanceUnits: "cm" }, voxels),
      "um.nrrd": nrrd({
        "space directions": "(1000,0,0) (0,1000,0) (0,0,2000)",
        "space units": '"um" "um" "um"',
      }, voxels),
    };
    for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${directory}/${name}`, bytes);
    for (const name of Object.keys(files).filter((name) => !name.endsWith(".raw"))) {
      const { header, values: read } = await readImage(`${directory}/${name}`);
      assertEquals([...read], values, name);
      assertEquals(header.affine, [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]], name);
      assert(header.forms.sformCode > 0);
    }
  }));

Deno.test("an NRRD that only tells voxel sizes does not say where it lies", () =>
  withFolder(async (directory) => {
    const path = `${directory}/a.nrrd`;
    await Deno.writeFile(path, nrrd({ "space directions": undefined, space: undefined, spacings: "0.5 1 2" }));
    const { forms, pixdim } = await readHeaderOf(path);
    assertEquals([forms.sformCode, forms.qformCode, ...pixdim], [0, 0, 0.5, 1, 2]);
  }));

Deno.test("no ending is that of two formats", () => {
  const endings = [...volumeFormats].flatMap(({ endings }) => endings);
  assertEquals(new Set(endings).size, endings.length);
  assert(endings.every((ending) => ending === ending.toLowerCase() && ending.startsWith(".")));
});
