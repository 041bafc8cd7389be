import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { orientationOf } from "../../src/data/affine.ts";
import { parseNifti, readVolume } from "../../src/data/formats/read.ts";
import { encodeNifti, writeNifti } from "../../src/data/nifti/write.ts";
import type { Volume } from "../../src/data/volume.ts";
import { withFolder } from "./_files.ts";

/** A volume of counting voxels with a random rotation, mirrored or not. */
function randomVolume(rng: Rng): Volume {
  const [a, b, c, d] = (() => {
    const q = [rng.normal(), rng.normal(), rng.normal(), rng.normal()];
    const length = Math.hypot(...q);
    return q.map((value) => value / length);
  })();
  const rotation = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
  const spacing = [rng.uniform(0.5, 4), rng.uniform(0.5, 4), rng.uniform(0.5, 4)].map(Math.fround) as [
    number,
    number,
    number,
  ];
  const mirror = rng.chance(0.5) ? -1 : 1;
  const affine = [
    ...rotation.map((
      row,
    ) => [row[0] * spacing[0], row[1] * spacing[1], row[2] * spacing[2] * mirror, rng.uniform(-99, 99)]),
    [0, 0, 0, 1],
  ];
  return {
    data: Float32Array.from({ length: 24 }, (_, i) => i),
    dims: [2, 3, 4],
    spacing,
    affine,
    orientation: orientationOf(affine),
    datatype: "float32",
  };
}

function assertSameMatrix(actual: number[][], expected: number[][], tolerance = 1e-4) {
  expected.forEach((row, r) => row.forEach((value, c) => assertAlmostEquals(actual[r][c], value, tolerance)));
}

Deno.test("what is written is read back with the same geometry, by sform and by qform alike", () => {
  const rng = new Rng(1);
  for (let trial = 0; trial < 60; trial++) {
    const volume = randomVolume(rng);
    const bytes = encodeNifti(volume);
    assertSameMatrix(parseNifti(bytes, { where: "made" }).affine, volume.affine);
    new DataView(bytes.buffer).setInt16(254, 0, true); // sform_code: the qform counts now
    const byQform = parseNifti(bytes, { where: "made" });
    assertSameMatrix(byQform.affine, volume.affine, 1e-3);
    assertEquals(byQform.orientation, volume.orientation);
    assertEquals([...byQform.data], [...volume.data]);
  }
});

for (const half of [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) {
  Deno.test(`a half turn ${half} has a qform`, () => {
    const affine = [[half[0], 0, 0, 0], [0, half[1], 0, 0], [0, 0, half[2], 0], [0, 0, 0, 1]];
    const bytes = encodeNifti({ ...randomVolume(new Rng(2)), spacing: [1, 1, 1], affine });
    new DataView(bytes.buffer).setInt16(254, 0, true);
    assertSameMatrix(parseNifti(bytes, { where: "made" }).affine, affine, 1e-6);
  });
}

Deno.test("a sheared geometry is stored as sform only", () => {
  const affine = [[1, 0.5, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
  const bytes = encodeNifti({ ...randomVolume(new Rng(3)), spacing: [1, Math.hypot(0.5, 1), 1], affine });
  assertEquals(new DataView(bytes.buffer).getInt16(252, true), 0);
  assertSameMatrix(parseNifti(bytes, { where: "made" }).affine, affine);
});

for (const name of ["a.nii", "a.nii.gz"]) {
  for (const datatype of ["uint8", "int16", "float32"] as const) {
    Deno.test(`${datatype} goes through ${name} and back, leaving nothing aside`, async () => {
      await withFolder(async (directory) => {
        const volume = randomVolume(new Rng(4));
        await writeNifti(`${directory}/${name}`, volume, { datatype });
        const read = await readVolume(`${directory}/${name}`);
        assertEquals([read.datatype, read.dims, [...read.data]], [datatype, volume.dims, [...volume.data]]);
        assertEquals([...Deno.readDirSync(directory)].map((entry) => entry.name), [name]);
      });
    });
  }
}

for (const name of ["large.nii", "large.nii.gz"]) {
  Deno.test(`a volume of several pieces goes through ${name} and back, and is refused for its last voxel`, () =>
    withFolder(async (directory) => {
      const path = `${directory}/${name}`;
      const data = new Uint8Array(128 * 128 * 129).map((_, i) => i % 251);
      const volume = { ...randomVolume(new Rng(9)), dims: [128, 128, 129] as const, data };
      await writeNifti(path, volume, { datatype: "uint8" });
      const read = await readVolume(path);
      assert(read.data.every((value, i) => value === data[i]));
      assertEquals(parseNifti(await Deno.readFile(path), { where: path }), read);
      const wrong = Float32Array.from(data);
      wrong[wrong.length - 1] = 256;
      const refused = () => writeNifti(path, { ...volume, data: wrong }, { datatype: "uint8" });
      await assertRejects(refused, UserError, `from 0 to 255 to be stored as uint8 (${path}: 256)`);
      await assertRejects(() => writeNifti(path, { ...volume, dims: [2, 3, 5] }), RangeError, "holds 30 values");
      assertEquals((await readVolume(path)).data.length, data.length);
      assertEquals([...Deno.readDirSync(directory)].map((entry) => entry.name), [name]);
    }));
}

Deno.test("slope and intercept are stored and undone", () => {
  const volume = randomVolume(new Rng(5));
  const bytes = encodeNifti(volume, { datatype: "uint8", slope: 0.5, intercept: -3 });
  assertEquals(bytes[352], 6);
  assertEquals([...parseNifti(bytes, { where: "made" }).data], [...volume.data]);
});

Deno.test("values that do not fit the datatype are refused, and the old file stays", async () => {
  await withFolder(async (directory) => {
    const path = `${directory}/a.nii`;
    await Deno.writeTextFile(path, "old");
    for (const value of [256, -1, NaN]) {
      const volume = { ...randomVolume(new Rng(6)), data: new Float32Array(24).fill(value) };
      await assertRejects(() => writeNifti(path, volume, { datatype: "uint8" }), UserError, "from 0 to 255");
    }
    assertEquals(await Deno.readTextFile(path), "old");
  });
});

Deno.test("a folder that is not there and another ending are refused", async () => {
  const volume = randomVolume(new Rng(7));
  await withFolder(async (directory) => {
    await assertRejects(() => writeNifti(`${directory}/none/a.nii`, volume), UserError, "must exist and be writable");
    await assertRejects(() => writeNifti(`${directory}/a.img`, volume), UserError, "must end in .nii or .nii.gz");
  });
});

Deno.test("data of another length than the dimensions is a programmer's mistake", () => {
  assertThrows(
    () => encodeNifti({ ...randomVolume(new Rng(8)), dims: [2, 3, 5] }),
    RangeError,
    "holds 30 values, got 24",
  );
});
