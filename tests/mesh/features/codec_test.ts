import { assertEquals, assertThrows } from "@std/assert";
import { decodeFeatures, encodeFeatures } from "../../../src/mesh/features/codec.ts";

const good = { round: 2, features: Float32Array.of(1, 0, 0.6, 0.8, 0, -1), partitions: Int32Array.of(4, 0, 65535) };

Deno.test("features come back as they were", () => {
  assertEquals(decodeFeatures(encodeFeatures(good), 2), good);
});

const refused: [string, Partial<typeof good>, string][] = [
  ["a value that is not finite", { features: Float32Array.of(1, 0, NaN, 1, 0, 1) }, "must be finite"],
  [
    "a row that is not of norm 1",
    { features: Float32Array.of(1, 0, 1, 1, 0, 1) },
    "norm 1, got 1.4142135623730951 in row 1",
  ],
  ["a negative partition", { partitions: Int32Array.of(0, -1, 0) }, "from 0 to 65535, got -1 in row 1"],
  ["a partition out of range", { partitions: Int32Array.of(0, 0, 65536) }, "got 65536 in row 2"],
  ["rows that do not fit", { features: Float32Array.of(1, 0, 1, 0) }, "got 4 values in 3 rows"],
  ["no row", { features: new Float32Array(0), partitions: new Int32Array(0) }, "1 to 65536 rows, got 0"],
];
for (const [what, change, rule] of refused) {
  Deno.test(`features with ${what} are refused`, () => {
    assertThrows(() => encodeFeatures({ ...good, ...change }), RangeError, rule);
  });
}

Deno.test("a remote's values are checked like one's own", () => {
  const bytes = encodeFeatures(good);
  new DataView(bytes.buffer).setFloat32(8, 1.5, true);
  assertThrows(() => decodeFeatures(bytes, 2), RangeError, "norm 1, got 1.5 in row 0");
});

Deno.test("sizes that do not make the bytes are refused before anything is allocated", () => {
  const bytes = encodeFeatures(good);
  assertThrows(() => decodeFeatures(bytes.slice(0, -1), 2), RangeError, "do not make");
  assertThrows(() => decodeFeatures(bytes.slice(0, 7), 2), RangeError, "at least 8 bytes, got 7");
  new DataView(bytes.buffer).setUint32(0, 0xffffffff, true);
  assertThrows(() => decodeFeatures(bytes, 2), RangeError, "features of 4294967295 rows");
  new DataView(bytes.buffer).setUint32(0, 0, true);
  assertThrows(() => decodeFeatures(bytes, 2), RangeError, "do not make");
});
