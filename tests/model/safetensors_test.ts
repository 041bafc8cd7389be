import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/model/safetensors.ts";

const vectors = [
  { name: "b/filter", shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 1e-40, Infinity, -0) },
  { name: "a/ä", shape: [], data: Float32Array.of(7) },
  { name: "empty", shape: [0, 4], data: new Float32Array(0) },
];

/** A file with this header and `values` bytes of values. */
function file(header: unknown, values: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + values);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (shape: unknown, data_offsets: unknown, dtype = "F32") => ({ dtype, shape, data_offsets });

Deno.test("vectors and metadata come back, bit for bit, also from an unaligned place", () => {
  const metadata = { round: "3", note: 'quote " and { brace: "x": 1' };
  const bytes = encodeSafetensors(vectors, metadata);
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  assertEquals(decodeSafetensors(bytes, "x"), { vectors, metadata });
  assertEquals(decodeSafetensors(moved.subarray(3), "x"), { vectors, metadata });
  assertEquals(decodeSafetensors(encodeSafetensors([]), "x"), { vectors: [], metadata: {} });
});

Deno.test("the layout is the format's: length, padded JSON, aligned little-endian values", () => {
  const bytes = encodeSafetensors([{ name: "w", shape: [2], data: Float32Array.of(1, 2) }]);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const json = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
  assertEquals(new TextDecoder().decode(bytes.subarray(8, 8 + length)), json.padEnd(length));
  assertEquals(length % 8, 0);
  assertEquals([...bytes.subarray(8 + length)], [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
});

Deno.test("a file as other tools write it is read: any order of the header, no padding", () => {
  const bytes = file({ late: entry([1], [4, 8]), early: entry([1], [0, 4]) }, 8);
  assertEquals(decodeSafetensors(bytes, "x").vectors.map(({ name }) => name), ["early", "late"]);
});

Deno.test("a file cut anywhere is refused by its name", () => {
  const bytes = encodeSafetensors(vectors, { a: "b" });
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => decodeSafetensors(bytes.subarray(0, length), "cut.safetensors"), UserError, "cut.safetensors");
  }
});

for (
  const [mistake, bytes, rule] of [
    ["a header longer than the limit", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80), "must not be longer"],
    ["a header that is no JSON", file("{oops", 0), "must be JSON"],
    ["a header that is a list", file("[]", 0), "must be an object"],
    ["a header that begins with a space", file(" {}", 0), "must be an object"],
    ["an entry that is null", file({ w: null }, 0), "entry w must be an object"],
    ["another type of number", file({ w: entry([2], [0, 4], "F16") }, 4), "must hold float32"],
    ["a negative extent", file({ w: entry([-1], [0, 4]) }, 4), "list of extents"],
    ["a fractional extent", file({ w: entry([0.5], [0, 2]) }, 2), "list of extents"],
    ["a shape of another size", file({ w: entry([2], [0, 4]) }, 4), "must take 8 bytes"],
    ["three offsets", file({ w: entry([1], [0, 4, 8]) }, 4), "must be two"],
    ["offsets beyond the end", file({ w: entry([2], [0, 8]) }, 4), "must end with the last value"],
    ["a gap between values", file({ v: entry([1], [0, 4]), w: entry([1], [8, 12]) }, 12), "contiguous"],
    ["values that overlap", file({ v: entry([2], [0, 8]), w: entry([1], [4, 8]) }, 8), "contiguous"],
    ["bytes after the end", file({ w: entry([1], [0, 4]) }, 5), "must end with the last value"],
    ["metadata that is no text", file({ __metadata__: { a: 1 } }, 0), "texts by name"],
    ["a name used twice", file(`{"w":${JSON.stringify(entry([0], [0, 0]))},"\\u0077":{}}`, 0), "used twice"],
  ] as const
) {
  Deno.test(`safetensors: ${mistake} is refused`, () => {
    assertThrows(() => decodeSafetensors(bytes, "bad.safetensors"), UserError, rule);
  });
}

Deno.test("vectors that cannot be told apart are not encoded", () => {
  assertThrows(() => encodeSafetensors([vectors[1], vectors[1]]), RangeError, "twice");
  assertThrows(() => encodeSafetensors([{ ...vectors[1], name: "__metadata__" }]), RangeError, "twice");
  assertThrows(() => encodeSafetensors([{ ...vectors[1], shape: [2] }]), RangeError, "must hold 2 values");
});
