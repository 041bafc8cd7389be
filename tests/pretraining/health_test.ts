import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { effectiveRank, meanCosine, measureHealth, neighbourAccuracy } from "../../src/pretraining/health.ts";
import { Rng } from "../../src/core/rng.ts";

const flat = (rows: number[][]) => Float32Array.from(rows.flat());

function unit(values: number[]): number[] {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

Deno.test("the mean cosine is that of all pairs of different rows", () => {
  const rows = [unit([1, 0, 0]), unit([1, 1, 0]), unit([0, 0, -1])];
  assertAlmostEquals(meanCosine(flat(rows), 3), (Math.SQRT1_2 + 0 + 0) / 3, 1e-6);
});

Deno.test("the effective rank counts the directions that are used alike", () => {
  const axes = (count: number, d: number) =>
    Array.from({ length: 12 }, (_, row) => Array.from({ length: d }, (_, i) => i === row % count ? 1 : 0));
  assertAlmostEquals(effectiveRank(flat(axes(1, 5)), 12), 1, 1e-6);
  assertAlmostEquals(effectiveRank(flat(axes(3, 5)), 12), 3, 1e-6);
  // singular values sqrt(9) and sqrt(3): shares .634 and .366
  const skewed = [...axes(1, 2).slice(0, 9), ...Array.from({ length: 3 }, () => [0, 1])];
  const [a, b] = [3 / (3 + Math.sqrt(3)), Math.sqrt(3) / (3 + Math.sqrt(3))];
  assertAlmostEquals(effectiveRank(flat(skewed), 12), Math.exp(-a * Math.log(a) - b * Math.log(b)), 1e-6);
});

Deno.test("neighbours vote only across subjects", () => {
  // each subject's rows are alike, whatever their partition: with its own rows every row would be judged right
  const features = flat([unit([1, 0.01]), unit([1, 0]), unit([0, 1]), unit([0.01, 1])]);
  const partitions = Int32Array.of(0, 0, 1, 1);
  assertEquals(neighbourAccuracy({ features, partitions, subjects: ["a", "a", "b", "b"] }, 2), 0);
  assertEquals(neighbourAccuracy({ features, partitions, subjects: ["a", "b", "a", "b"] }, 1), 1);
});

Deno.test("one subject alone gives no accuracy", () => {
  const accuracy = neighbourAccuracy(
    { features: flat([[1, 0], [0, 1]]), partitions: Int32Array.of(0, 1), subjects: ["a", "a"] },
    1,
  );
  assertEquals(accuracy, NaN);
});

Deno.test("a tie in votes goes to the more similar partition", () => {
  const features = flat([unit([1, 0]), unit([1, 0.1]), unit([1, 0.5])]);
  const accuracyFor = (own: number) =>
    neighbourAccuracy({ features, partitions: Int32Array.of(own, 4, 5), subjects: ["a", "b", "b"] }, 2);
  // rows 1 and 2 see only row 0 and are wrong; row 0 is right if it is of row 1's partition
  assertAlmostEquals(accuracyFor(4), 2 / 3, 1e-6);
  assertAlmostEquals(accuracyFor(5), 1 / 3, 1e-6);
});

Deno.test("collapse is called by name, a spread representation is not", () => {
  const rng = new Rng(1);
  const partitions = Int32Array.from({ length: 40 }, (_, row) => row % 4);
  const subjects = Array.from({ length: 40 }, (_, row) => `subject ${row % 5}`);
  const around = (centre: number[], spread: number) =>
    flat(Array.from({ length: 40 }, () => unit(centre.map((value) => value + spread * rng.normal()))));
  const point = measureHealth({ features: around([1, 0, 0, 0], 0.02), partitions, subjects });
  assertEquals(point.collapsed, true);
  const line = flat(Array.from({ length: 40 }, () => (rng.chance(0.5) ? [1, 0, 0, 0] : [-1, 0, 0, 0])));
  assertEquals(measureHealth({ features: line, partitions, subjects }).collapsed, true);
  const healthy = measureHealth({ features: around([0, 0, 0, 0], 1), partitions, subjects });
  assertEquals(healthy.collapsed, false);
  assertEquals(healthy.chance, 0.25);
  const broken = measureHealth({ features: new Float32Array(160).fill(NaN), partitions, subjects });
  assertEquals(broken.collapsed, true);
});

Deno.test("fewer than two rows are refused", () => {
  assertThrows(() => meanCosine(Float32Array.of(1, 0), 1), RangeError, "two rows or more");
});
