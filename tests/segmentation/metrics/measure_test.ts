import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assd } from "../../../src/segmentation/metrics/assd.ts";
import { classPairs } from "../../../src/segmentation/metrics/class_pair.ts";
import { hd95 } from "../../../src/segmentation/metrics/hd95.ts";
import { measureClasses } from "../../../src/segmentation/metrics/measure.ts";
import { surfaceOf } from "../../../src/segmentation/metrics/surface.ts";
import { draw } from "./_masks.ts";

Deno.test("the surface of a block is its outer voxels, and the image's edge counts as outside", () => {
  const inner = surfaceOf(draw([{ kind: "box", low: [1, 1, 1], high: [4, 4, 4] }], [5, 5, 5]), [5, 5, 5]);
  assertEquals(inner.reduce((sum, value) => sum + value, 0), 26);
  const whole = surfaceOf(new Uint8Array(27).fill(1), [3, 3, 3]);
  assertEquals([whole.reduce((sum, value) => sum + value, 0), whole[13]], [26, 0]);
});

Deno.test("HD95 takes the larger direction, ASSD pools both", () => {
  const [pair] = classPairs([1], [1], { labels: [1], dims: [1, 1, 1], spacing: [1, 1, 1] });
  const distances = {
    toTruth: Float64Array.from({ length: 21 }, (_, i) => i),
    toPrediction: Float64Array.of(1, 2, 3),
  };
  assertEquals(hd95.measure({ ...pair, distances }), 19);
  assertAlmostEquals(assd.measure({ ...pair, distances })!, (210 + 6) / 24);
  assertAlmostEquals(hd95.measure({ ...pair, distances: { ...distances, toTruth: Float64Array.of(0) } })!, 2.9);
});

Deno.test("without a voxel size, distances are not defined, and Dice is", () => {
  const measures = measureClasses([1, 1, 0], [1, 0, 2], { labels: [1, 2, 3], dims: [3, 1, 1], spacing: null });
  assertEquals(measures.get(1), { dice: 2 / 3, hd95: null, assd: null });
  assertEquals(measures.get(2), { dice: 0, hd95: null, assd: null });
  assertEquals(measures.get(3), { dice: null, hd95: null, assd: null });
});

Deno.test("each label is measured by itself, wherever it lies", () => {
  const dims = [6, 5, 4] as const, spacing = [2, 3, 5] as const;
  const prediction = new Uint8Array(120), truth = new Uint8Array(120);
  const at = (x: number, y: number, z: number) => x + 6 * (y + 5 * z);
  prediction[at(0, 0, 0)] = 7;
  truth[at(2, 1, 1)] = 7;
  prediction[at(5, 4, 3)] = truth[at(5, 4, 3)] = 4;
  const measures = measureClasses(prediction, truth, { labels: [4, 7], dims, spacing });
  assertEquals(measures.get(4), { dice: 1, hd95: 0, assd: 0 });
  const distance = Math.hypot(2 * 2, 3, 5);
  assertAlmostEquals(measures.get(7)!.hd95!, distance, 1e-12);
  assertAlmostEquals(measures.get(7)!.assd!, distance, 1e-12);
});

Deno.test("what nobody annotated counts in no metric: truth and prediction are background there", () => {
  const dims = [6, 1, 1] as const, spacing = [1, 1, 1] as const, labels = [1, 2];
  const prediction = [0, 1, 1, 1, 2, 1], truth = [0, 1, 1, 9, 9, 9];
  const measures = measureClasses(prediction, truth, { labels, ignore: 9, dims, spacing });
  assertEquals(measures.get(1), { dice: 1, hd95: 0, assd: 0 });
  assertEquals(measures.get(2), { dice: null, hd95: null, assd: null });
  assertEquals([prediction, truth], [[0, 1, 1, 1, 2, 1], [0, 1, 1, 9, 9, 9]]); // the caller's own stay as they are
  const missed = measureClasses([0, 0, 0, 1, 1, 1], truth, { labels, ignore: 9, dims, spacing });
  assertEquals(missed.get(1), { dice: 0, hd95: Infinity, assd: Infinity });
});

Deno.test("masks that are not the grid's are refused", () => {
  assertThrows(
    () => measureClasses([1, 1], [1, 1], { labels: [1], dims: [3, 1, 1], spacing: [1, 1, 1] }),
    RangeError,
    "the prediction must have the 3 voxels of its grid, got 2",
  );
});
