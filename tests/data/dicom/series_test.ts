import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { readVolume } from "../../../src/data/formats/read.ts";
import { readHeaderOf } from "../../../src/data/formats/registry.ts";
import { withFolder } from "../_files.ts";
import { dicomFile, type Elements, sliceElements, writeSeries } from "./_write.ts";

Deno.test("slices are put in order by their places, not by names or numbers", () =>
  withFolder(async (directory) => {
    const places = [3, 1, 0, 2];
    await writeSeries(directory, 4, (z) => ({ "0020,0032": `0\\0\\${2.5 * places[z]}` }));
    const volume = await readVolume(directory);
    assertEquals([...volume.data].filter((_, i) => i % 6 === 0), [20, 10, 30, 0]);
    assertEquals([volume.dims, volume.spacing, volume.orientation], [[2, 3, 4], [1, 1, 2.5], "LPS"]);
  }));

Deno.test("pixels may have other bits than those that count", () =>
  withFolder(async (directory) => {
    const stored = [0xf7ff, 0xf800, 0x0001, 0x8fff, 0x1000, 0x0000];
    const bits: Elements = { "0028,0101": [12], "0028,0102": [11], "7fe0,0010": stored };
    await writeSeries(directory, 2, () => bits);
    assertEquals([...(await readVolume(directory)).data.slice(0, 6)], [2047, -2048, 1, -1, 0, 0]);
    await writeSeries(directory, 2, () => ({ ...bits, "0028,0103": [0] }));
    assertEquals([...(await readVolume(directory)).data.slice(0, 6)], [2047, 2048, 1, 4095, 0, 0]);
    await writeSeries(directory, 2, () => ({ ...bits, "0028,0102": [15] }));
    assertEquals([...(await readVolume(directory)).data.slice(0, 6)], [-129, -128, 0, -1793, 256, 0]);
  }));

Deno.test("places that are written to tenths of a mm are even", () =>
  withFolder(async (directory) => {
    await writeSeries(directory, 9, (z) => ({ "0020,0032": `0\\0\\${(0.625 * z).toFixed(1)}` }));
    assertEquals((await readHeaderOf(directory)).dims, [2, 3, 9]);
  }));

Deno.test("a single slice is as thick as it says", () =>
  withFolder(async (directory) => {
    await writeSeries(directory, 1, () => ({ "0018,0050": "7" }));
    assertEquals((await readVolume(`${directory}/0.dcm`)).spacing, [1, 1, 7]);
    await writeSeries(directory, 1);
    await assertRejects(() => readVolume(directory), UserError, "a single slice must say how thick it is");
  }));

/** What is wrong, what of each slice of five, and what is said of it. */
const CASES: readonly (readonly [string, (z: number) => Elements | undefined, string])[] = [
  [
    "a missing slice",
    (z) => z === 3 ? undefined : {},
    "but slices are missing (FOLDER, series 4 (t2_ax): 5 mm between 2.dcm and 4.dcm, 2.5 mm elsewhere)",
  ],
  [
    "uneven slices",
    (z) => ({ "0020,0032": `0\\0\\${z === 4 ? 11 : 2.5 * z}` }),
    "the distances differ (FOLDER, series 4 (t2_ax): 3.5 mm between 3.dcm and 4.dcm, 2.5 mm elsewhere)",
  ],
  [
    "several orientations",
    (z) => ({ "0020,0037": z === 2 ? "1\\0\\0\\0\\0\\-1" : "1\\0\\0\\0\\1\\0" }),
    "several orientations are several volumes (FOLDER, series 4 (t2_ax): 0.dcm and 2.dcm)",
  ],
  [
    "two times",
    (z) => ({ "0020,0032": `0\\0\\${2.5 * (z >> 1)}` }),
    "two slices lie in one place, as where it holds several times, echoes or directions; dcm2niix can convert it",
  ],
  ["the same slice twice", (z) => z === 4 ? { "0008,0018": "1.2.3.0" } : {}, "not in two files (FOLDER, series 4"],
  [
    "a tilted gantry",
    (z) => ({ "0020,0032": `0\\${z}\\${2.5 * z}` }),
    "(gantry tilt) (FOLDER, series 4 (t2_ax): 21.8 deg",
  ],
  ["a slice that lies aside", (z) => ({ "0020,0032": `${z === 2 ? 3 : 0}\\0\\${2.5 * z}` }), "2.dcm lies aside"],
  [
    "colours",
    () => ({ "0028,0002": [3], "0028,0004": "RGB" }),
    "not of colours (FOLDER, series 4 (t2_ax): 0.dcm, RGB)",
  ],
  ["a palette", () => ({ "0028,0004": "PALETTE COLOR" }), "not of colours"],
  ["frames", () => ({ "0028,0008": "12" }), "a file of its own, not a frame (enhanced, multi-frame); dcm2niix can"],
  ["a mosaic", () => ({ "0008,0008": "ORIGINAL\\PRIMARY\\M\\MOSAIC" }), "not a part of a mosaic"],
  [
    "lossy JPEG",
    () => ({ "0002,0010": "1.2.840.10008.1.2.4.50" }),
    "dcmdjpeg unpack others (FOLDER, series 4 (t2_ax): 0.dcm, JPEG baseline)",
  ],
  ["an unknown transfer syntax", () => ({ "0002,0010": "1.2.3.4" }), "0.dcm, 1.2.3.4)"],
  ["a table of values", () => ({ "0028,3000": new Uint8Array() }), "not from a table (FOLDER, series 4"],
  ["pixels of 1 bit", () => ({ "0028,0100": [1] }), "pixels must have 8, 16 or 32 bits"],
  ["no places", (z) => z === 1 ? { "0020,0032": undefined } : {}, "every slice must say where it lies"],
  ["two sizes", (z) => z === 1 ? { "0028,0030": "1\\2" } : {}, "1.dcm: 2 x 3 pixels of int16, 1 x 2 mm"],
  ["two kinds of pixels", (z) => z === 1 ? { "0028,0103": [0] } : {}, "1.dcm: 2 x 3 pixels of uint16, 1 x 1 mm"],
  ["rows that are no rows", () => ({ "0020,0037": "1\\0\\0\\1\\0\\0" }), "rows and columns must be at right angles"],
  ["few pixels", (z) => z === 2 ? { "7fe0,0010": [1, 2] } : {}, "its pixels need 12 bytes (FOLDER/2.dcm: 4 bytes)"],
];

for (const [what, change, said] of CASES) {
  Deno.test(`a series with ${what} is refused in one sentence that tells nothing of the patient`, () =>
    withFolder(async (directory) => {
      await writeSeries(directory, 5, change);
      const { message } = await assertRejects(() => readVolume(directory), UserError);
      assertStringIncludes(message.replaceAll(directory, "FOLDER"), said);
      assertEquals(/doe|jane|p77|\n/i.test(message), false, message);
    }));
}

Deno.test("a file that is cut off or damaged is refused", () =>
  withFolder(async (directory) => {
    await writeSeries(directory, 3);
    const whole = dicomFile(sliceElements(1));
    for (
      const [bytes, said] of [
        [whole.slice(0, whole.length - 4), "its elements must be whole and intact"],
        [whole.slice(0, 300), "its elements must be whole and intact"],
      ] as const
    ) {
      await Deno.writeFile(`${directory}/1.dcm`, bytes);
      const { message } = await assertRejects(() => readVolume(`${directory}/0.dcm`), UserError);
      assertStringIncludes(message, said);
      assertStringIncludes(message, "1.dcm");
    }
    await Deno.writeFile(`${directory}/1.dcm`, new Uint8Array(200));
    await assertRejects(() => readVolume(`${directory}/1.dcm`), UserError, "must begin as DICOM files do");
    await Deno.rename(`${directory}/1.dcm`, `${directory}/notes`);
    await assertRejects(() => readVolume(`${directory}/1.dcm`), UserError, "the file or folder must exist");
  }));

Deno.test("packed pixels that are damaged are refused with the file and how they are packed", async () => {
  for (
    const [name, title] of [
      ["rle", "RLE lossless"],
      ["jpeg_lossless", "JPEG lossless"],
      ["jpeg_ls", "JPEG-LS lossless"],
      ["jpeg_2000", "JPEG 2000 lossless"],
    ]
  ) {
    await withFolder(async (directory) => {
      const fixtures = fromFileUrl(new URL(`fixtures/${name}`, import.meta.url));
      for (const { name: file } of Deno.readDirSync(fixtures)) {
        const bytes = await Deno.readFile(`${fixtures}/${file}`);
        // behind the head of the second item, the picture, stands nothing that is one
        const item = Uint8Array.of(0xfe, 0xff, 0x00, 0xe0);
        const found = [...bytes.keys()].filter((i) => item.every((byte, k) => bytes[i + k] === byte));
        bytes.fill(0x5a, found[1] + 8, bytes.length - 8);
        await Deno.writeFile(`${directory}/${file}`, bytes);
      }
      const { message } = await assertRejects(() => readVolume(directory), UserError);
      assertStringIncludes(message, "its packed pixels must be whole and intact");
      assertStringIncludes(message, title);
    });
  }
});
