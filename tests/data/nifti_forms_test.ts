import { assertAlmostEquals, assertEquals } from "@std/assert";
import { parseNifti } from "../../src/data/formats/read.ts";
import { encodeNifti } from "../../src/data/nifti/write.ts";
import { toRas } from "../../src/data/orient.ts";
import { counting, type HandMade } from "./_files.ts";

const SROW = [[0, -2.1, 0.3, 10.7], [3.3, 0, 0, -20.1], [0, 0.2, 4.4, 5.9]]; // with a shear
const QUATERNION = [0.1, -0.2, 0.3, 11.1, -22.2, 33.3];
const PLAIN = [[2, 0, 0, 1], [0, 3, 0, 2], [0, 0, 4, 3]];

/** The bytes of a NIfTI-1 header that say where its voxels lie: codes, qform and sform; qfac and sizes; the unit. */
function placeIn(bytes: Uint8Array): Uint8Array[] {
  return [[252, 328], [76, 92], [123, 124]].map(([from, to]) => bytes.slice(from, to));
}

const KINDS: Record<string, Partial<HandMade>> = {
  "both forms, apart, of other codes": { sformCode: 4, qformCode: 1, srow: SROW, quaternion: QUATERNION },
  "both forms, of codes 2 and 3": { sformCode: 2, qformCode: 3, srow: PLAIN, quaternion: [0, 0, 0, 1, 2, 3] },
  "a sheared sform alone": { sformCode: 2, srow: SROW },
  "a qform alone": { qformCode: 2, quaternion: QUATERNION },
  "a mirrored qform": { qformCode: 1, quaternion: QUATERNION, qfac: -1 },
  "a qfac of 0": { qformCode: 1, quaternion: QUATERNION, qfac: 0 },
  "neither form": {},
  "microns and milliseconds": { sformCode: 1, srow: PLAIN.map((row) => row.map((value) => value * 1000)), units: 19 },
  "pixdim of another scale than the sform": { sformCode: 1, srow: PLAIN, pixdim: [1, 1, 1] },
  "no sizes in pixdim": { sformCode: 1, srow: PLAIN, pixdim: [0, -3, NaN] },
};

for (const [kind, spec] of Object.entries(KINDS)) {
  for (const version of [1, 2] as const) {
    Deno.test(`what is written of a NIfTI-${version} file lies as it says, bit for bit: ${kind}`, () => {
      const said = { pixdim: [2.2, 3.3, 4.4], ...spec };
      const volume = parseNifti(counting([2, 3, 4], { version, ...said }), { where: "made" });
      const written = encodeNifti(volume, { datatype: "int16" });
      const single = counting([2, 3, 4], said);
      assertEquals(placeIn(written), placeIn(single));
      assertEquals(parseNifti(written, { where: "written" }), parseNifti(single, { where: "made" }));
    });
  }
}

Deno.test("a big-endian file's forms are written little-endian", () => {
  const spec: Partial<HandMade> = { sformCode: 4, qformCode: 1, srow: SROW, quaternion: QUATERNION };
  const volume = parseNifti(counting([2, 3, 4], { ...spec, littleEndian: false }), { where: "made" });
  assertEquals(placeIn(encodeNifti(volume)), placeIn(counting([2, 3, 4], spec)));
});

Deno.test("what NIfTI-1 cannot hold stays in NIfTI-2: voxels along an axis, codes, numbers", () => {
  const far = PLAIN.map((row) => row.map((value) => value * 1e40));
  const specs: [number[], Partial<HandMade>][] = [[[40000, 1, 1], {}], [[2, 2, 2], { qformCode: 70000 }], [[2, 2, 2], {
    sformCode: 1,
    srow: far,
  }]];
  for (const [dims, spec] of specs) {
    const volume = parseNifti(counting(dims, { version: 2, ...spec }), { where: "made" });
    const written = encodeNifti(volume);
    assertEquals(new DataView(written.buffer).getInt32(0, true), 540);
    assertEquals(parseNifti(written, { where: "written" }), { ...volume, datatype: "float32" });
  }
});

Deno.test("a slice without a thickness is written with one", () => {
  const volume = parseNifti(counting([4, 3], { qformCode: 1, pixdim: [2, 2] }), { where: "made" });
  const written = encodeNifti(volume);
  assertEquals(new DataView(written.buffer).getFloat32(88, true), 1);
  assertEquals(parseNifti(written, { where: "written" }).affine, volume.affine);
});

Deno.test("a volume that was turned or moved is written where it is now, not where its file was", () => {
  const spec: Partial<HandMade> = {
    sformCode: 4,
    srow: [[-2, 0, 0, 9], [0, 3, 0, 2], [0, 0, 4, 3]],
    pixdim: [2, 3, 4],
  };
  const volume = parseNifti(counting([2, 3, 4], spec), { where: "made" });
  const turned = toRas(volume);
  assertEquals(parseNifti(encodeNifti(turned), { where: "written" }).affine, turned.affine);
  const moved = { ...volume, affine: volume.affine.map((row, r) => row.map((v, c) => r === 0 && c === 3 ? v + 5 : v)) };
  assertEquals(parseNifti(encodeNifti(moved), { where: "written" }).affine, moved.affine);
});

for (const version of [1, 2] as const) {
  for (const [units, size] of [[1, 0.001], [3, 1000], [19, 1000], [2, 1], [0, 1], [7, 1]]) {
    Deno.test(`NIfTI-${version} in the unit ${units}: everything is in mm, by sform, by qform and by pixdim alone`, () => {
      const pixdim = [2 * size, 3 * size, 4 * size];
      const place = [1 * size, 2 * size, 3 * size];
      const srow = PLAIN.map((row) => row.map((value) => value * size));
      for (
        const form of [{ sformCode: 1, srow }, { qformCode: 1, quaternion: [0, 0, 0, ...place] }, {}] as Partial<
          HandMade
        >[]
      ) {
        const { affine, spacing } = parseNifti(counting([2, 2, 2], { version, units, pixdim, ...form }), {
          where: "made",
        });
        assertEquals(spacing, [2, 3, 4]);
        const none = [[-2, 0, 0, 1], [0, 3, 0, -1.5], [0, 0, 4, -2]];
        const expected = form.sformCode || form.qformCode ? PLAIN : none;
        expected.forEach((row, r) => row.forEach((value, c) => assertAlmostEquals(affine[r][c], value, 1e-6)));
      }
    });
  }
}
