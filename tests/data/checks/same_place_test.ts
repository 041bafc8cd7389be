import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { placedGrid, placeOfLabel } from "../../../src/data/checks/same_place.ts";
import { SAME_ORDER } from "../../../src/data/nifti/placing.ts";
import { parseHeader } from "../../../src/data/nifti/header.ts";
import { counting, type HandMade } from "../_files.ts";

const DIMS = [12, 10, 8];
const SROW = [[-2, 0, 0, 90], [0, -2, 0, 126], [0, 0, 3, -72]];

/** The grid of a file whose header says so. */
function grid(spec: Partial<HandMade> = {}, dims = DIMS) {
  const sform = { sformCode: 1, srow: SROW, pixdim: [2, 2, 3] };
  return placedGrid(parseHeader(counting(dims, { ...sform, ...spec }), "made"));
}

const moved = (x: number, y = 0, z = 0) => SROW.map((row, r) => [...row.slice(0, 3), row[3] + [x, y, z][r]]);
const NO_FORM: Partial<HandMade> = { sformCode: 0, qformCode: 0, pixdim: [1, 1, 1] };

Deno.test("a label at its image's place, or nearly, is in order", () => {
  for (const srow of [SROW, moved(0.99), moved(0, 0, -0.99), moved(0.5, 0.5, 0.5)]) {
    assertEquals(placeOfLabel(grid(), grid({ srow }), "a.nii"), { map: SAME_ORDER });
  }
});

for (const [shift, far] of [[moved(60), 60], [moved(0, -3, 4), 5], [moved(0, 0, 3), 3], [moved(1.01), 1.01]] as const) {
  Deno.test(`a label ${far} mm from its image is refused with file, rule and distance`, () => {
    const rule = "the voxels of a label must lie where its image's do, within half a voxel";
    assertThrows(
      () => placeOfLabel(grid(), grid({ srow: shift }), "a.nii"),
      UserError,
      `${rule} (a.nii: up to ${far} mm away)`,
    );
  });
}

Deno.test("other voxel sizes and a slight turn are told by the farthest corner", () => {
  const wider = SROW.map((row) => [row[0] * 1.1, ...row.slice(1)]);
  assertThrows(() => placeOfLabel(grid(), grid({ srow: wider }), "a.nii"), UserError, "up to 2.2 mm away");
  const [c, s] = [Math.cos(0.1), Math.sin(0.1)];
  const turned = [[-2 * c, 2 * s, 0, 90], [-2 * s, -2 * c, 0, 126], SROW[2]];
  assertThrows(() => placeOfLabel(grid(), grid({ srow: turned }), "a.nii"), UserError, "up to 2.84 mm away");
});

Deno.test("a label that lies where its image's qform says belongs to it, too", () => {
  const half: Partial<HandMade> = { qformCode: 1, quaternion: [0, 0, 1, 90, 126, -72] }; // as SROW
  const other = { ...half, srow: moved(16), sformCode: 4 };
  assertEquals(placeOfLabel(grid(other), grid(), "a.nii"), { map: SAME_ORDER, byQform: true });
  assertEquals(placeOfLabel(grid(other), grid({ ...half, sformCode: 0 }), "a.nii"), { map: SAME_ORDER, byQform: true });
  assertThrows(() => placeOfLabel(grid(), grid(other), "a.nii"), UserError, "up to 16 mm away");
  assertEquals(placeOfLabel(grid(other), grid(other), "a.nii"), { map: SAME_ORDER });
  const ras = [[2, 0, 0, 90 - 22], [0, 2, 0, 126 - 18], SROW[2]];
  const turned = placeOfLabel(grid(other), grid({ srow: ras }), "a.nii");
  assertEquals(turned, { map: { axes: [0, 1, 2], signs: [-1, -1, 1] }, byQform: true });
  assertThrows(() => placeOfLabel(grid(other), grid({ srow: moved(5) }), "a.nii"), UserError, "up to 11 mm away");
  const broken = { ...other, quaternion: [NaN, 0, 0, 0, 0, 0] };
  assertThrows(() => placeOfLabel(grid(broken), grid(), "a.nii"), UserError, "up to 16 mm away");
});

Deno.test("voxels of any size are compared", () => {
  for (const scale of [1e-30, 1e30]) {
    const srow = SROW.map((row) => row.map((value) => value * scale));
    assertEquals(placeOfLabel(grid({ srow }), grid({ srow }), "a.nii"), { map: SAME_ORDER });
  }
  const srow = SROW.map((row) => row.map((value) => value * 1e-200));
  const tiny = grid({ version: 2, srow });
  assertEquals(placeOfLabel(tiny, tiny, "a.nii"), { map: SAME_ORDER });
});

Deno.test("a label whose matrix is the identity is told as one that was written without its image's geometry", () => {
  const label = grid({ srow: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], pixdim: [1, 1, 1] });
  assertThrows(() => placeOfLabel(grid(), label, "a.nii"), UserError, "its matrix is the identity");
});

Deno.test("a place far from the origin is compared as exactly as float32 can say it", () => {
  const far = (x: number) => grid({ srow: moved(1e7 + x), pixdim: [2, 2, 3] });
  assertEquals(placeOfLabel(far(0), far(2), "a.nii").map, SAME_ORDER);
  assertThrows(() => placeOfLabel(far(0), far(60), "a.nii"), UserError, "60 mm away");
});

Deno.test("a label of the same place may be stored along other axes", () => {
  const ras = [[2, 0, 0, 90 - 22], [0, 2, 0, 126 - 18], SROW[2]];
  assertEquals(placeOfLabel(grid(), grid({ srow: ras }), "a.nii").map, { axes: [0, 1, 2], signs: [-1, -1, 1] });
  const zFirst = [[0, 0, -2, 90], [0, -2, 0, 126], [3, 0, 0, -72]];
  const label = grid({ srow: zFirst, pixdim: [3, 2, 2] }, [8, 10, 12]);
  assertEquals(placeOfLabel(grid(), label, "a.nii").map, { axes: [2, 1, 0], signs: [1, 1, 1] });
});

Deno.test("another shape is told as such, in whatever order it is stored", () => {
  const rule = "must have the shape of its image, 12x10x8 (a.nii: 12x10x9)";
  assertThrows(() => placeOfLabel(grid(), grid({}, [12, 10, 9]), "a.nii"), UserError, rule);
  assertThrows(() => placeOfLabel(grid(), grid(NO_FORM, [12, 10, 9]), "a.nii"), UserError, rule);
});

Deno.test("microns and millimetres of one place are one place", () => {
  const srow = SROW.map((row) => row.map((value) => value * 1000));
  assertEquals(placeOfLabel(grid(), grid({ srow, units: 3, pixdim: [2000, 2000, 3000] }), "a.nii").map, SAME_ORDER);
});

Deno.test("a header without a form leaves the place open: the order of the voxels is taken, and said so", () => {
  assertEquals(placeOfLabel(grid(), grid(NO_FORM), "a.nii"), { map: SAME_ORDER, assumed: "own" });
  assertEquals(placeOfLabel(grid(NO_FORM), grid(), "a.nii"), { map: SAME_ORDER, assumed: "image" });
  const sizes = { ...NO_FORM, pixdim: [2, 2, 3] };
  assertEquals(placeOfLabel(grid(), grid(sizes), "a.nii"), { map: SAME_ORDER, assumed: "own" });
  assertEquals(placeOfLabel(grid(sizes), grid(NO_FORM), "a.nii"), { map: SAME_ORDER, assumed: "own" });
  assertEquals(placeOfLabel(grid(NO_FORM), grid(NO_FORM), "a.nii"), { map: SAME_ORDER });
});

Deno.test("without a form, voxel sizes that contradict the image's are refused", () => {
  const label = grid({ ...NO_FORM, pixdim: [1, 2, 3] });
  const rule =
    "neither qform nor sform, the label's voxel sizes must be its image's, 2 x 2 x 3 mm (a.nii: 1 x 2 x 3 mm)";
  assertThrows(() => placeOfLabel(grid(), label, "a.nii"), UserError, rule);
  assertThrows(() => placeOfLabel(grid({ ...NO_FORM, pixdim: [2, 2, 3] }), label, "a.nii"), UserError, rule);
});

Deno.test("a single slice has no direction of its own across", () => {
  const flat = { dims: [12, 10, 1] };
  const away = [SROW[0], SROW[1], [0, 0, -5, -72]];
  assertEquals(placeOfLabel(grid({}, flat.dims), grid({ srow: away }, flat.dims), "a.nii").map.axes, [0, 1, 2]);
});
