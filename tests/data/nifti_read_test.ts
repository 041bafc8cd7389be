import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gzipSync } from "node:zlib";
import { UserError } from "../../src/core/errors.ts";
import { parseNifti, readVolume } from "../../src/data/formats/read.ts";
import { counting, countingSpec, type HandMade, handMade, handMadeFile, withFolder } from "./_files.ts";

type Put = HandMade["put"];
/** Datatype code, name, bytes, how to write a value, and three values at the ends of its range. */
const DATATYPES: [number, string, number, (value: number) => Put, number[]][] = [
  [2, "uint8", 1, (v) => (view, at) => view.setUint8(at, v), [0, 200, 255]],
  [4, "int16", 2, (v) => (view, at, _, le) => view.setInt16(at, v, le), [-32768, 258, 32767]],
  [8, "int32", 4, (v) => (view, at, _, le) => view.setInt32(at, v, le), [-(2 ** 31), 66051, 2 ** 30]],
  [16, "float32", 4, (v) => (view, at, _, le) => view.setFloat32(at, v, le), [-1.5, 0.1, 3e30]],
  [64, "float64", 8, (v) => (view, at, _, le) => view.setFloat64(at, v, le), [-1.5, 0.1, 3e30]],
  [256, "int8", 1, (v) => (view, at) => view.setInt8(at, v), [-128, 5, 127]],
  [512, "uint16", 2, (v) => (view, at, _, le) => view.setUint16(at, v, le), [0, 258, 65535]],
  [768, "uint32", 4, (v) => (view, at, _, le) => view.setUint32(at, v, le), [0, 66051, 2 ** 32 - 2 ** 8]],
  [1024, "int64", 8, (v) => (view, at, _, le) => view.setBigInt64(at, BigInt(v), le), [-(2 ** 40), 258, 2 ** 53]],
  [1280, "uint64", 8, (v) => (view, at, _, le) => view.setBigUint64(at, BigInt(v), le), [0, 258, 2 ** 63]],
];

for (const [code, name, bytes, putter, values] of DATATYPES) {
  for (const version of [1, 2] as const) {
    for (const littleEndian of [true, false]) {
      Deno.test(`NIfTI-${version} reads ${name}, ${littleEndian ? "little" : "big"}-endian`, () => {
        const file = handMadeFile({
          version,
          littleEndian,
          dims: [3, 1, 1],
          code,
          bytesPerVoxel: bytes,
          put: (view, at, index, le) => putter(values[index])(view, at, index, le),
        });
        const volume = parseNifti(file, { where: "made" });
        assertEquals(volume.datatype, name);
        assertEquals([...volume.data], values.map(Math.fround));
      });
    }
  }
}

Deno.test("slope and intercept are applied", () => {
  const { data } = parseNifti(counting([4, 1, 1], { slope: 0.5, inter: -10 }), { where: "made" });
  assertEquals([...data], [-10, -9.5, -9, -8.5]);
});

for (const slope of [0, NaN, Infinity]) {
  Deno.test(`a slope of ${slope} means unscaled, whatever the intercept`, () => {
    const { data } = parseNifti(counting([3, 1, 1], { slope, inter: 7 }), { where: "made" });
    assertEquals([...data], [0, 1, 2]);
  });
}

Deno.test("an intercept that is no number is refused", () => {
  assertThrows(
    () => parseNifti(counting([2, 1, 1], { slope: 1, inter: NaN }), { where: "made" }),
    UserError,
    "scl_inter",
  );
});

const SROW = [[0, -2, 0, 10], [3, 0, 0, -20], [0, 0, 4, 5]];

Deno.test("the sform counts where its code is set, even below the qform's", () => {
  for (const version of [1, 2] as const) {
    const file = counting([2, 3, 4], { version, sformCode: 1, qformCode: 4, srow: SROW, pixdim: [3, 2, 4] });
    const { affine, orientation } = parseNifti(file, { where: "made" });
    assertEquals(affine, [...SROW, [0, 0, 0, 1]]);
    assertEquals(orientation, "ALS");
  }
});

Deno.test("without an sform the qform counts, qfac flipping the third axis", () => {
  for (const version of [1, 2] as const) {
    for (const qfac of [1, -1]) {
      const half = Math.SQRT1_2; // a quarter turn about z: x runs to the front, y to the left
      const file = counting([2, 3, 4], {
        version,
        qformCode: 1,
        quaternion: [0, 0, half, 1, 2, 3],
        qfac,
        pixdim: [2, 3, 4],
      });
      const { affine, orientation } = parseNifti(file, { where: "made" });
      const expected = [[0, -3, 0, 1], [2, 0, 0, 2], [0, 0, 4 * qfac, 3]];
      expected.forEach((row, r) => row.forEach((value, c) => assertAlmostEquals(affine[r][c], value, 1e-6)));
      assertEquals(orientation, qfac > 0 ? "ALS" : "ALI");
    }
  }
});

Deno.test("a quaternion slightly too long is taken as a half turn", () => {
  const file = counting([2, 2, 2], { qformCode: 1, quaternion: [0, 0, 1.0000001, 0, 0, 0] });
  assertEquals(parseNifti(file, { where: "made" }).orientation, "LPS");
});

Deno.test("with neither form x runs to the left and the origin is in the middle", () => {
  const { affine, orientation } = parseNifti(counting([3, 5, 7], { pixdim: [2, 3, 4] }), { where: "made" });
  assertEquals(affine, [[-2, 0, 0, 2], [0, 3, 0, -6], [0, 0, 4, -12], [0, 0, 0, 1]]);
  assertEquals(orientation, "LAS");
});

Deno.test("spacing is pixdim, also where the sform has lost the scale", () => {
  const srow = [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 1, 0]];
  const file = counting([2, 2, 2], { sformCode: 2, srow, pixdim: [1.6827, 1.6827, 5] });
  assertEquals(parseNifti(file, { where: "made" }).spacing, [1.6827, 1.6827, 5]);
});

Deno.test("where pixdim holds no size the affine's is taken", () => {
  const file = counting([2, 2, 2], { sformCode: 1, srow: SROW, pixdim: [0, NaN, -4] });
  assertEquals(parseNifti(file, { where: "made" }).spacing, [3, 2, 4]);
});

Deno.test("a header extension is skipped", () => {
  for (const version of [1, 2] as const) {
    const file = counting([3, 1, 1], { version, extension: 64 });
    assertEquals([...parseNifti(file, { where: "made" }).data], [0, 1, 2]);
  }
});

Deno.test("a damaged extension does not matter", () => {
  const file = counting([3, 1, 1], { extension: 32 });
  new DataView(file.buffer).setInt32(352, -16, true);
  assertEquals([...parseNifti(file, { where: "made" }).data], [0, 1, 2]);
});

Deno.test("a vox_offset of zero in a single file means right behind the header", () => {
  assertEquals([...parseNifti(counting([3, 1, 1], { offset: 0 }), { where: "made" }).data], [0, 1, 2]);
});

Deno.test("gzip is recognised by content, members after the first included", () => {
  const file = counting([300, 1, 1]);
  const packed = new Uint8Array([...gzipSync(file.subarray(0, 500)), ...gzipSync(file.subarray(500))]);
  assertEquals(parseNifti(packed, { where: "made" }).data[299], 299);
});

Deno.test("a pair is read from either of its files, packed or not", async () => {
  await withFolder(async (directory) => {
    const { header, voxels } = handMade(countingSpec([2, 3, 4], { pair: true }));
    await Deno.writeFile(`${directory}/a.hdr`, header.subarray(0, 348));
    await Deno.writeFile(`${directory}/a.img`, voxels);
    await Deno.writeFile(`${directory}/b.hdr.gz`, gzipSync(header));
    await Deno.writeFile(`${directory}/b.img.gz`, gzipSync(voxels));
    for (const name of ["a.hdr", "a.img", "b.hdr.gz", "b.img.gz"]) {
      const { data, dims } = await readVolume(`${directory}/${name}`);
      assertEquals([dims, data[23]], [[2, 3, 4], 23]);
    }
  });
});

Deno.test("a 2D image is a volume of one slice, and further dimensions of 1 do not matter", () => {
  assertEquals(parseNifti(counting([4, 3]), { where: "made" }).dims, [4, 3, 1]);
  assertEquals(parseNifti(counting([4, 3, 2, 1, 1]), { where: "made" }).dims, [4, 3, 2]);
});

Deno.test("a frame of a longer file is read when it is chosen, and only then", () => {
  const file = counting([2, 2, 1, 3, 2]);
  assertThrows(
    () => parseNifti(file, { where: "a.nii" }),
    UserError,
    "one of the file's 6 frames must be chosen (a.nii: 2x2x1x3x2)",
  );
  assertEquals([...parseNifti(file, { where: "a.nii", frame: 4 }).data], [16, 17, 18, 19]);
  for (const frame of [-1, 6, 0.5]) {
    assertThrows(() => parseNifti(file, { where: "a.nii", frame }), UserError, "from 0 to 5");
  }
});

Deno.test("reading neither changes nor shares the file's bytes", () => {
  const file = counting([3, 1, 1], { littleEndian: false });
  const before = file.slice();
  const { data } = parseNifti(file, { where: "made" });
  data.fill(9);
  assertEquals(file, before);
  assert(data.buffer !== file.buffer);
});
