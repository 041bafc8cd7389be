import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { gzipSync } from "node:zlib";
import { UserError } from "../../../src/core/errors.ts";
import type { MemoryLimit } from "../../../src/core/memory_limit.ts";
import type { Triple } from "../../../src/core/triple.ts";
import type { CaseHeaders } from "../../../src/data/checks/check.ts";
import { checkCases } from "../../../src/data/checks/check_cases.ts";
import { memoryOf, predictionMemory, requireMemory } from "../../../src/data/checks/memory.ts";
import { parseHeader } from "../../../src/data/nifti/header.ts";
import type { Plan } from "../../../src/data/plan.ts";
import { counting, withFolder } from "../_files.ts";

const GIB = 2 ** 30;
const CT: Triple = [512, 512, 520];
const VOXELS = 512 * 512 * 520;

/** The bytes of an int16 file of one voxel, whose header says that it has `dims` of 1 mm. */
function announcing(dims: Triple): Uint8Array<ArrayBuffer> {
  const bytes = counting([1, 1, 1], { sformCode: 1, srow: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] });
  dims.forEach((extent, axis) => new DataView(bytes.buffer).setInt16(42 + 2 * axis, extent, true));
  return bytes;
}

function headersOf(id: string, dims: Triple, hasLabel = true): CaseHeaders {
  const header = parseHeader(announcing(dims), id);
  const reference = { id, subject: id, image: `${id}.nii`, ...(hasLabel && { label: `${id}_label.nii` }) };
  return { reference, image: header, ...(hasLabel && { label: header }) };
}

const limit = (gibibytes: number, from: MemoryLimit["from"] = "setting") => ({ bytes: gibibytes * GIB, from });

Deno.test("a prepared volume counts on the plan's grid, cropped, and its file on its own", () => {
  const ct = headersOf("ct", CT), unlabelled = headersOf("ct", CT, false);
  assertEquals(memoryOf(ct, { plan: { spacing: null } }).held, 5 * VOXELS);
  assertEquals(memoryOf(unlabelled, { plan: { spacing: null } }).held, 4 * VOXELS);
  assertEquals(memoryOf(ct, { plan: { spacing: [8, 8, 8] } }).held, 5 * 64 * 64 * 65);
  assertEquals(memoryOf(ct, { plan: { spacing: [0.5, 1, 1] } }).held, 10 * VOXELS);
  assertEquals(memoryOf(ct, { plan: { spacing: [8, 8, 8], crop: [80, 160, 8] } }).held, 5 * 10 * 20);
  const soft = { plan: { spacing: [8, 8, 8] as const }, classes: 3, softLabels: true };
  assertEquals(memoryOf(ct, soft).held, 8 * 64 * 64 * 65);
  assertEquals(memoryOf(unlabelled, soft).held, 4 * 64 * 64 * 65);
  assert(memoryOf(ct, { plan: { spacing: [8, 8, 8] } }).passing >= 3 * VOXELS);
  assertAlmostEquals(memoryOf(unlabelled, { plan: { spacing: [8, 8, 8] } }).passing, 1.2 * 2 * VOXELS, 1);
});

Deno.test("every channel counts, held together and loaded file by file", () => {
  const one = headersOf("ct", CT), plan: Plan = { spacing: null };
  const files = { ...one, others: [one.image, one.image] };
  const frames = { ...one, image: { ...one.image, dims: [...CT, 3] } };
  for (const several of [files, frames]) assertEquals(memoryOf(several, { plan }).held, (3 * 4 + 1) * VOXELS);
  assertEquals(memoryOf(files, { plan }).passing, memoryOf(one, { plan }).passing);
  assertAlmostEquals(memoryOf(frames, { plan }).passing, 1.2 * 3 * 2 * VOXELS, 1);
});

Deno.test("classes count in as many planes as a patch is deep", () => {
  const ct = headersOf("ct", CT), plan: Plan = { spacing: null };
  const passing = (depth: number, classes: number) =>
    memoryOf(ct, { plan, patch: [depth, 64, 64], classes }).passing / 1.2;
  assertAlmostEquals(passing(300, 5) - passing(300, 4), 4 * 300 * 512 * 512, 1);
  assertAlmostEquals(passing(300, 4) - passing(299, 4), 4 * 4 * 512 * 512, 1);
  assertEquals(passing(520, 4), passing(1000, 4));
});

Deno.test("a volume that does not fit is refused with file, dimensions, need and limit", () => {
  const all = [headersOf("small", [64, 64, 64]), headersOf("ct", CT)];
  const check = (plan: Plan, memory: MemoryLimit) => requireMemory(all, { plan, memory, patch: [16, 16, 16] });
  assertEquals(check({ spacing: [8, 8, 8] }, limit(4)), []);
  assertEquals(check({ spacing: null }, limit(4)), []);
  const { message } = assertThrows(() => check({ spacing: [0.5, 0.5, 0.5] }, limit(4)), UserError);
  for (
    const part of [
      "checking memory: a volume must fit into memory",
      "on the plan's grid it has 1024x1024x1040 voxels and needs ",
      " GiB",
      '"data.memory" allows 4 GiB (ct.nii: 512x512x520)',
    ]
  ) assertStringIncludes(message, part);
  assertThrows(() => check({ spacing: null }, limit(1, "machine")), UserError, "the machine allows 1 GiB (ct.nii");
  assertThrows(() => check({ spacing: null }, limit(1, "assumption")), UserError, "1 GiB are taken to be there");
});

Deno.test("cases that fit one by one but not together are refused, or told where nobody knows the limit", () => {
  const all = ["a", "b", "c", "d"].map((id) => headersOf(id, CT));
  const check = (count: number, memory: MemoryLimit) =>
    requireMemory(all.slice(0, count), { plan: { spacing: null }, memory, patch: [16, 16, 16] });
  assertEquals(check(2, limit(3.5)), []);
  for (const from of ["setting", "machine"] as const) {
    const { message } = assertThrows(() => check(4, limit(3.5, from)), UserError);
    assertStringIncludes(message, "checking memory: 4 cases together need ");
    assertStringIncludes(message, '"data.spacing" makes volumes coarser');
  }
  const [warning, ...others] = check(4, limit(3.5, "assumption"));
  assertStringIncludes(warning, "4 cases together need ");
  assertEquals(others, []);
});

Deno.test("where no limit or no plan is known nothing is said", () => {
  const all = [headersOf("ct", [30000, 30000, 300])];
  assertEquals(requireMemory(all, { plan: { spacing: null } }), []);
  assertEquals(requireMemory(all, { memory: limit(1) }), []);
  assertEquals(requireMemory([], { plan: { spacing: null }, memory: limit(1) }), []);
});

Deno.test("a header that announces more than its file holds is refused before anything is read, in one sentence", () =>
  withFolder(async (directory) => {
    const lies = [
      [[30000, 30000, 30000], "must be those of a real image (", "30000x30000x30000)"],
      [[5000, 5000, 5000], "5000x5000x5000 voxels of int16 need 250000000352 bytes (", "354 bytes)"],
      [[512, 512, 520], "512x512x520 voxels of int16 need 272630112 bytes (", "354 bytes)"],
    ] as const;
    for (const name of ["lie.nii", "lie.nii.gz"]) {
      for (const [dims, rule, value] of lies) {
        const image = `${directory}/${name}`, bytes = announcing(dims);
        const packed = name.endsWith("gz");
        await Deno.writeFile(image, packed ? gzipSync(bytes) : bytes);
        const cases = [{ id: "lie", subject: "lie", image }];
        const { message } = await assertRejects(
          () => checkCases(cases, { plan: { spacing: null }, memory: limit(64, "machine") }),
          UserError,
        );
        if (packed && dims[0] < 30000) assertStringIncludes(message, "the file cannot hold them");
        else assertStringIncludes(message, `${rule}${image}: ${value}`);
        assert(!message.includes("\n"));
      }
    }
  }));

Deno.test("a prediction counts its file, its own grid's sums and labels, and what else is asked for on the file's grid", () => {
  const { image } = headersOf("ct", CT, false);
  const context = { plan: { spacing: [2, 2, 2] as const }, patch: [64, 64, 64] as const, classes: 3 };
  const bytesOf = (more = {}, files = 1) =>
    predictionMemory({ image, files, weights: 1000 }, { ...context, ...more }) - 0.5 * GIB - 8000;
  const prepared = 4 * 256 * 256 * 260, sums = 4 * 3 * 64 * 256 * 256;
  const close = (bytes: number, wanted: number) => assertAlmostEquals(bytes, wanted, 1);
  close(bytesOf(), prepared + 1.2 * 2 * VOXELS); // reading an int16 file
  close(bytesOf({}, 2), 2 * prepared + 1.2 * 2 * VOXELS); // one file at a time
  close(bytesOf({ statistics: true }), prepared + 1.2 * 3 * VOXELS); // the file beside the labels
  close(bytesOf({ probabilities: true }), prepared + 1.2 * (sums + 9 * VOXELS));
  close(bytesOf({ probabilities: true, statistics: true }), prepared + 1.2 * 11 * VOXELS);
});
