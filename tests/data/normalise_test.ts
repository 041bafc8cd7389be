import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { normalise } from "../../src/data/normalise.ts";

function moments(values: Iterable<number>): [number, number] {
  const list = [...values];
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return [mean, Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length)];
}

Deno.test("the result has mean 0 and deviation 1, whatever the scale", () => {
  for (const [factor, offset] of [[1, 0], [1000, -4000], [1e-6, 3]]) {
    const rng = new Rng(1);
    const [mean, deviation] = moments(
      normalise(Float32Array.from({ length: 5000 }, () => offset + factor * rng.normal())),
    );
    assertAlmostEquals(mean, 0, factor < 1 ? 2e-2 : 1e-3);
    assertAlmostEquals(deviation, 1, 1e-2);
  }
});

Deno.test("a change of scale and offset changes nothing", () => {
  const rng = new Rng(2);
  const data = Float32Array.from({ length: 1000 }, () => rng.uniform(1, 2));
  const other = normalise(data.map((value) => 50 * value - 7));
  normalise(data).forEach((value, i) => assertAlmostEquals(other[i], value, 1e-3));
});

Deno.test("single outliers are clipped", () => {
  const rng = new Rng(3);
  const data = Float32Array.from({ length: 1000 }, () => rng.normal());
  data[17] = 1e6;
  data[18] = -1e6;
  const result = normalise(data);
  assert(Math.max(...result) < 4 && Math.min(...result) > -4);
});

Deno.test("a wide margin of zeros does not change how tissue looks", () => {
  const rng = new Rng(4);
  const tissue = Float32Array.from({ length: 1000 }, () => rng.uniform(100, 200));
  const narrow = normalise(new Float32Array([...tissue, ...new Float32Array(500)]));
  const wide = normalise(new Float32Array([...tissue, ...new Float32Array(9000)]));
  for (let i = 0; i < 1000; i++) assertAlmostEquals(wide[i], narrow[i], 1e-2);
  assertAlmostEquals(moments(wide.subarray(0, 1000))[0], 0, 1e-2);
});

Deno.test("voxels that are no numbers become the smallest one", () => {
  const data = Float32Array.from({ length: 100 }, (_, i) => i + 1);
  data[3] = NaN;
  data[4] = Infinity;
  const result = normalise(data);
  assertEquals([result[3], result[4]], [result[0], result[0]]);
  assert(result.every(Number.isFinite));
});

Deno.test("a constant volume and one without numbers are refused by name", () => {
  assertThrows(
    () => normalise(new Float32Array(8).fill(3), { where: "a.nii" }),
    UserError,
    "must not all be the same (a.nii: 3)",
  );
  assertThrows(() => normalise(new Float32Array(8), { where: "a.nii" }), UserError, "must not all be the same");
  assertThrows(
    () => normalise(new Float32Array(8).fill(NaN), { where: "a.nii" }),
    UserError,
    "must be a number (a.nii)",
  );
});

Deno.test("the input is left as it is", () => {
  const data = new Float32Array([1, 2, 3]);
  normalise(data);
  assertEquals([...data], [1, 2, 3]);
});
