import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { gzipSync } from "node:zlib";
import { UserError } from "../../src/core/errors.ts";
import { parseNifti, readVolume } from "../../src/data/formats/read.ts";
import { counting, countingSpec, handMade, withFolder } from "./_files.ts";

/** What is wrong, the bytes, and what the one sentence must say. */
const MISTAKES: [string, Uint8Array, string][] = [
  ["an empty file", new Uint8Array(), "must not be empty (scan.nii: 0 bytes)"],
  ["text", new TextEncoder().encode("this is not an image ".repeat(40)), "must be NIfTI-1 or NIfTI-2"],
  ["two bytes", new Uint8Array([1, 2]), "must be NIfTI-1 or NIfTI-2"],
  [
    "a header cut off",
    counting([2, 2, 2]).subarray(0, 200),
    "a header has 348 bytes, but the file ends before (scan.nii: 200 bytes)",
  ],
  ["ANALYZE without the magic word", counting([2, 2, 2]).fill(0, 344, 348), "must be NIfTI-1 or NIfTI-2"],
  [
    "voxels cut off",
    counting([2, 2, 2]).subarray(0, 360),
    "2x2x2 voxels of int16 need 368 bytes (scan.nii: 360 bytes)",
  ],
  [
    "a packed file cut off",
    gzipSync(counting([9, 9, 9])).subarray(0, 300),
    "gzip data must be whole and intact (scan.nii",
  ],
  ["a packed file whose header is cut off", gzipSync(counting([9, 9, 9])).subarray(0, 30), "scan.nii"],
  [
    "a packed file with a flipped bit",
    flipped(gzipSync(counting([9, 9, 9])), 900),
    "gzip data must be intact",
  ],
  ["gzip of nothing", gzipSync(new Uint8Array()), "must not be empty"],
  [
    "gzip in name only",
    new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 200, 201, 202]),
    "gzip data must be intact",
  ],
  ["no dimensions", counting([2, 2, 2], { rank: 0 }), "1 to 7 dimensions (scan.nii: 0)"],
  ["nine dimensions", counting([2, 2, 2], { rank: 9 }), "1 to 7 dimensions (scan.nii: 9)"],
  ["an empty axis", counting([2, 0, 2]), "every dimension must be at least 1 (scan.nii: 2x0x2)"],
  ["a negative axis", negative(), "every dimension must be at least 1 (scan.nii: 2x-2x2)"],
  [
    "absurd dimensions",
    withDims([32767, 32767, 32767]),
    "dimensions must be those of a real image (scan.nii: 32767x32767x32767)",
  ],
  ["dimensions beyond the file", withDims([32767, 32767, 4]), "need 8589410664 bytes (scan.nii: 368 bytes)"],
  [
    "dimensions beyond a packed file",
    gzipSync(withDims([32767, 32767, 4])),
    "announces 8589410664 bytes, the file cannot hold them",
  ],
  [
    "far more data than announced",
    gzipSync(new Uint8Array([...counting([2, 2, 2]), ...new Uint8Array(2 ** 21)])),
    "gzip data must be",
  ],
  [
    "an unknown datatype",
    counting([2, 2, 2], { code: 77 }),
    "datatype code must be one of the standard's (scan.nii: 77)",
  ],
  [
    "complex voxels",
    counting([2, 2, 2], { code: 32, bytesPerVoxel: 8 }),
    "voxels must be real numbers, up to 64 bits each (scan.nii: complex64)",
  ],
  [
    "colour voxels",
    counting([2, 2, 2], { code: 128, bytesPerVoxel: 3 }),
    "voxels must be real numbers, up to 64 bits each (scan.nii: RGB24)",
  ],
  ["long doubles", counting([2, 2, 2], { code: 1536, bytesPerVoxel: 16 }), "(scan.nii: float128)"],
  ["voxels inside the header", counting([2, 2, 2], { offset: 100 }), "vox_offset must be at least 352 (scan.nii: 100)"],
  ["a vox_offset that is no number", counting([2, 2, 2], { offset: NaN }), "vox_offset must be at least 352"],
  ["an sform of zeros", counting([2, 2, 2], { sformCode: 1 }), "the sform must give every voxel a place of its own"],
  [
    "a flat sform",
    counting([2, 2, 2], { sformCode: 1, srow: [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]] }),
    "the sform must give",
  ],
  [
    "a qform without numbers",
    counting([2, 2, 2], { qformCode: 1, quaternion: [NaN, 0, 0, 0, 0, 0] }),
    "the qform must give",
  ],
  [
    "a header without its image",
    handMade(countingSpec([2, 2, 2], { pair: true })).header,
    "in the .img file beside it",
  ],
];

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[Math.min(at, copy.length - 12)] ^= 0x55;
  return copy;
}

function withDims(dims: number[]): Uint8Array {
  const file = counting([2, 2, 2]);
  dims.forEach((extent, i) => new DataView(file.buffer).setInt16(42 + 2 * i, extent, true));
  return file;
}

function negative(): Uint8Array {
  return withDims([2, -2, 2]);
}

for (const [name, bytes, sentence] of MISTAKES) {
  Deno.test(`${name}: one sentence with file, rule and value`, () =>
    withFolder(async (directory) => {
      const error = assertThrows(() => parseNifti(bytes, { where: "scan.nii" }), UserError);
      assertStringIncludes(error.message, sentence);
      assert(!error.message.includes("\n"));
      const path = `${directory}/scan.nii`;
      await Deno.writeFile(path, bytes);
      const fromFile = await assertRejects(() => readVolume(path), UserError);
      if (name === "a header without its image") assertStringIncludes(fromFile.message, "must be named .hdr");
      else assertEquals(fromFile.message.replaceAll(path, "scan.nii"), error.message);
    }));
}

Deno.test("more memory than there is: one sentence with file and need", () =>
  withFolder(async (directory) => {
    const path = `${directory}/scan.nii`;
    await Deno.writeFile(path, withDims([32767, 32767, 500]));
    await Deno.truncate(path, 352 + 2 * 500 * 32767 ** 2); // a sparse file: it has the length that it announces
    await assertRejects(
      () => readVolume(path),
      UserError,
      `32767x32767x500 voxels of int16 need ${1000 * 32767 ** 2} bytes of memory, more than there are (${path})`,
    );
  }));

Deno.test("absurd NIfTI-2 dimensions are refused before anything is allocated", () => {
  const file = counting([2, 2, 2], { version: 2 });
  new DataView(file.buffer).setBigInt64(24, 2n ** 60n, true);
  assertThrows(() => parseNifti(file, { where: "scan.nii" }), UserError, "scan.nii");
});

Deno.test("a missing file, a folder and a pair without its half are told apart", async () => {
  await withFolder(async (directory) => {
    await assertRejects(() => readVolume(`${directory}/none.nii`), UserError, "the file must exist");
    await Deno.mkdir(`${directory}/folder.nii`);
    await assertRejects(() => readVolume(`${directory}/folder.nii`), UserError, "folder.nii");
    const { header, voxels } = handMade(countingSpec([2, 2, 2], { pair: true }));
    await Deno.writeFile(`${directory}/half.hdr`, header);
    await assertRejects(() => readVolume(`${directory}/half.hdr`), UserError, "the file must exist");
    await Deno.writeFile(`${directory}/half.img`, voxels.subarray(0, 3));
    await assertRejects(() => readVolume(`${directory}/half.hdr`), UserError, "2x2x2 voxels of int16 need 16 bytes");
    await Deno.writeFile(`${directory}/renamed.nii`, header);
    await assertRejects(() => readVolume(`${directory}/renamed.nii`), UserError, "must be named .hdr");
  });
});

Deno.test("an aborted reading ends with the reason", async () => {
  const reason = new Error("enough");
  await withFolder(async (directory) => {
    await Deno.writeFile(`${directory}/a.nii`, counting([2, 2, 2]));
    const signal = AbortSignal.abort(reason);
    const error = await assertRejects(() => readVolume(`${directory}/a.nii`, { signal }));
    assert(error === reason);
  });
});
