import { assertEquals } from "@std/assert";
import type { CaseHeaders, CheckContext } from "../../../src/data/checks/check.ts";
import { tellOddHeaders } from "../../../src/data/checks/odd_headers.ts";
import { parseHeader } from "../../../src/data/nifti/header.ts";
import { counting, type HandMade } from "../_files.ts";

type Spec = Partial<HandMade>;
const SROW = [[2, 0, 0, 10], [0, 2, 0, 20], [0, 0, 3, 30]];
const SOUND: Spec = { pixdim: [2, 2, 3], sformCode: 1, srow: SROW, qformCode: 1, quaternion: [0, 0, 0, 10, 20, 30] };

/** What is told of cases a, b, … of these headers of image and label. */
function told(cases: [image: Spec, label?: Spec][], context: CheckContext = {}): string[] {
  const headers = cases.map(([image, label], index): CaseHeaders => {
    const id = "abcdef"[index];
    const parse = (spec: Spec) => parseHeader(counting([6, 7, 5], { ...SOUND, ...spec }), id);
    const reference = { id, subject: id, image: `${id}.nii`, ...(label && { label: `${id}_label.nii` }) };
    return { reference, image: parse(image), ...(label && { label: parse(label) }) };
  });
  return tellOddHeaders(headers, context);
}

Deno.test("nothing is told of sound headers, nor of a rounding or a form less", () => {
  const rounded: Spec = { quaternion: [0, 0, 0.0001, 10, 20, 30], pixdim: [2.01, 1.99, 3] };
  assertEquals(told([[{}, {}], [rounded, {}], [{ qformCode: 0 }, { sformCode: 0 }], [{}]]), []);
  const none: Spec = { sformCode: 0, qformCode: 0, pixdim: [1, 1, 1] };
  assertEquals(told([[none, none]]), []);
});

Deno.test("voxel sizes that the affine contradicts are told, several files in one warning", () => {
  const text = "pixdim says that voxels are 1 x 1 x 1 mm, the affine 2 x 2 x 3 mm: pixdim's are taken";
  const odd: Spec = { pixdim: [1, 1, 1], qformCode: 0 };
  assertEquals(told([[{}, {}], [odd, {}]]), [`b.nii: ${text}`]);
  assertEquals(told([[odd, {}], [{}, odd]]), [`a.nii and 1 more file: ${text}`]);
  assertEquals(told([[odd, odd], [{}, odd]]), [`a.nii and 2 more files: ${text}`]);
  assertEquals(told([[odd, odd]], { plan: { spacing: null, fieldOfView: 100 } }), []);
});

for (
  const [pixdim, shown] of [[[0, 0, 0], "0 x 0 x 0"], [[2, -2, 3], "2 x -2 x 3"], [
    [NaN, 2, Infinity],
    "NaN x 2 x Infinity",
  ]] as const
) {
  Deno.test(`no voxel sizes in pixdim are told, with those that are taken: ${shown}`, () => {
    const image: Spec = { pixdim: [...pixdim], qformCode: 0 };
    assertEquals(told([[image]]), [`a.nii: pixdim does not hold sizes above zero (${shown}): 2 x 2 x 3 mm are taken`]);
  });
}

Deno.test("a qform elsewhere than the sform is told with the distance", () => {
  const image: Spec = { quaternion: [0, 0, 0, 10, 20, 46], sformCode: 4 };
  const text = "qform and sform place voxels up to 16 mm apart: the sform is taken, other programs may not";
  assertEquals(told([[image]]), [`a.nii: ${text}`]);
  const broken = "the qform holds something else than numbers: the sform is taken, other programs may not";
  assertEquals(told([[{ quaternion: [NaN, 0, 0, 0, 0, 0] }]]), [`a.nii: ${broken}`]);
});

Deno.test("a unit that does not exist is told", () => {
  assertEquals(told([[{ units: 5 }, { units: 2 }], [{ units: 10 }]]), [
    "a.nii: the unit of length, 5, is none of the standard's: 1 mm is taken",
  ]);
});

Deno.test("a label or an image without a place is told", () => {
  const none: Spec = { sformCode: 0, qformCode: 0, pixdim: [1, 1, 1] };
  const rest = "neither qform nor sform: its voxels are taken to lie in the order of its image's";
  assertEquals(told([[{}, none]]), [`a_label.nii: the label has ${rest}`]);
  assertEquals(told([[none, {}], [none, {}]]), [
    `a_label.nii and 1 more file: the label has an image that has ${rest}`,
  ]);
});

Deno.test("a label that lies where its image's qform says is told", () => {
  const image: Spec = { srow: SROW.map((row, r) => r === 0 ? [...row.slice(0, 3), 26] : row), sformCode: 4 };
  const text = "the label lies where its image's qform says, not the sform: their voxels are taken to be the same";
  assertEquals(told([[image, {}]]).slice(1), [`a_label.nii: ${text}`]);
});

Deno.test("a label that lies beside its image is told with the distance, a rounding is not", () => {
  const beside = (mm: number): Spec => ({
    qformCode: 0,
    srow: SROW.map((row, r) => r === 1 ? [...row.slice(0, 3), row[3] + mm] : row),
  });
  const text = "the label lies up to 0.5 mm, 0.25 voxels, beside its image: it is taken to lie there";
  assertEquals(told([[{}, beside(0.5)], [{}, beside(-0.5)]]), [`a_label.nii and 1 more file: ${text}`]);
  assertEquals(told([[{}, beside(0.1)]]), []);
});
