/** Words in fewer bytes come back as they were, but for what was rounded. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { differ, fromBfloat16, packWords, toBfloat16, unpackWords } from "../../src/core/byte_planes.ts";
import { Rng } from "../../src/core/rng.ts";

Deno.test("words that are packed come back bit by bit, floats in fewer bytes, none at all too", async () => {
  const rng = new Rng(1);
  const values = Float32Array.from({ length: 10_000 }, () => 0.05 * rng.normal());
  values.set([NaN, -0, Infinity, 1e-42]);
  const packed = await packWords(values);
  assert(packed.length < 0.9 * values.byteLength, `${packed.length} B`);
  assertEquals(await unpackWords(packed, Float32Array), values);
  const halves = toBfloat16(values);
  assertEquals(await unpackWords(await packWords(halves), Uint16Array), halves);
  assertEquals((await unpackWords(await packWords(new Float32Array()), Float32Array)).length, 0);
  await assertRejects(() => unpackWords(packed.subarray(0, 100), Float32Array));
});

Deno.test("a value is rounded to the nearest bfloat16, to an even one between two, and what is not finite stays", () => {
  const given = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -7, -3.14159, 1e-30, Infinity, -Infinity);
  const expected = [1, 1, 1 + 2 ** -6, 1 + 2 ** -7, -3.140625, undefined, Infinity, -Infinity];
  const rounded = fromBfloat16(toBfloat16(given));
  expected.forEach((value, i) => value !== undefined && assertEquals(rounded[i], value));
  assert(Math.abs(rounded[5] / 1e-30 - 1) < 2 ** -8);
  assert(Number.isNaN(fromBfloat16(toBfloat16(Float32Array.of(NaN)))[0]));
  const sly = new Float32Array(Uint32Array.of(0x7f800001).buffer); // a NaN whose upper half is infinity's
  assert(Number.isNaN(fromBfloat16(toBfloat16(sly))[0]));
  assertEquals(toBfloat16(rounded), toBfloat16(given), "rounding twice is rounding once");
});

Deno.test("words that are alike leave zeros, and come back", () => {
  const [a, b] = [Float32Array.of(1, -2, NaN), Float32Array.of(1, 2, 3)];
  const apart = differ(a, b);
  assertEquals(apart[0], 0);
  assertEquals(differ(apart, b), a);
});
