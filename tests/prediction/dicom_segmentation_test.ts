/**
 * What stands in a segmentation object, read by dicom-parser. `check_segmentation.py` beside this file holds objects
 * against highdicom and dciodvfy: those of the series in `tests/data/dicom/fixtures` had all their voxels in the right
 * places, and no error.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import dicomParser from "dicom-parser";
import { UserError } from "../../src/core/errors.ts";
import { seriesAt } from "../../src/data/dicom/format.ts";
import type { Series } from "../../src/data/dicom/series.ts";
import { encodeSegmentation } from "../../src/prediction/dicom_segmentation.ts";

const FIXTURE = fromFileUrl(new URL("../data/dicom/fixtures/implicit", import.meta.url));
const LABELS = new Map([[3, "Wände\\x"], [1, "ventricle"], [2, "nowhere"]]);

/** 1 in two slices, 3 in one, 2 in none. */
function someLabels(): { data: Uint8Array; dims: readonly [number, number, number] } {
  const data = new Uint8Array(120);
  for (const i of [31, 35, 66, 67]) data[i] = 1;
  data[119] = 3;
  return { data, dims: [6, 5, 4] };
}

function encoded(series: Series): Uint8Array<ArrayBuffer> {
  let uid = 0;
  const newUid = () => `1.2.3.${++uid}`;
  return encodeSegmentation(someLabels(), series, {
    ...{ labels: LABELS, algorithm: "test", newUid, date: new Date("2024-05-06T07:08:09Z") },
  });
}

Deno.test("a frame for each slice that a segment is in refers to that slice, and holds its voxels", async () => {
  const series = await seriesAt(FIXTURE);
  const elements = dicomParser.parseDicom(encoded(series));
  const itemsOf = (set: typeof elements, tag: string) => set.elements[tag].items!.map(({ dataSet }) => dataSet!);
  assertEquals(itemsOf(elements, "x00620002").map((segment) => segment.uint16("x00620004")), [1, 2, 3]);
  const frames = itemsOf(elements, "x52009230").map((frame) => {
    const [derivation] = itemsOf(frame, "x00089124"), [source] = itemsOf(derivation, "x00082112");
    const [segment] = itemsOf(frame, "x0062000a"), [place] = itemsOf(frame, "x00209113");
    return [
      segment.uint16("x0062000b"),
      source.string("x00081155"),
      place.string("x00200032")?.split("\\").map(Number),
    ];
  });
  const expected = [[1, 1], [1, 2], [2, 0], [3, 3]].map(([segment, z]) => [
    ...[segment, series.slices[z].instance, series.slices[z].position],
  ]);
  assertEquals(frames, expected);
  const { dataOffset, length } = elements.elements.x7fe00010;
  const bits = Array.from(elements.byteArray.subarray(dataOffset, dataOffset + length))
    .flatMap((byte) => Array.from({ length: 8 }, (_, bit) => byte >> bit & 1));
  // of 30 voxels a frame: slices 1 and 2 of the first segment, none of the second, the last slice of the third
  assertEquals([...bits.keys()].filter((i) => bits[i]), [1, 5, 36, 37, 119]);
  assertEquals(elements.intString("x00280008"), 4);
});

Deno.test("names are written as DICOM may have them, and nothing tells who the patient is", async () => {
  const file = encoded(await seriesAt(FIXTURE)), text = new TextDecoder().decode(file);
  assert(text.includes("Wände x"));
  for (const word of ["Nobody", "NIL-1", "A77", "20200101"]) assertEquals(text.includes(word), false, word);
  const elements = dicomParser.parseDicom(file);
  assertEquals(["x00100010", "x00100020"].map((tag) => elements.string(tag)), [undefined, undefined]);
  assertEquals(elements.string("x0020000d"), "1.2.826.0.1.3680043.8.498.1");
});

Deno.test("slices must say which objects they are", async () => {
  const series = await seriesAt(FIXTURE);
  const [first, ...others] = series.slices;
  const lacking = { ...series, slices: [{ ...first, study: "" }, ...others] };
  assertThrows(() => encoded(lacking), UserError, "must say which object and of which study it is");
});
