import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assd } from "../../../src/segmentation/metrics/assd.ts";
import { classPairs } from "../../../src/segmentation/metrics/class_pair.ts";
import { hd95 } from "../../../src/segmentation/metrics/hd95.ts";
import { measureClasses } from "../../../src/segmentation/metrics/measure.ts";
import { surfaceOf } from "../../../src/segmentation/metrics/surface.ts";
import { surfaceDiceAt } from "../../../src/segmentation/metrics/surface_dice.ts";
import { volumeDifference } from "../../../src/segmentation/metrics/volume_difference.ts";
import { draw } from "./_masks.ts";

/** What is measured of a class that is nowhere. */
const NOTHING = { dice: null, iou: null, hd95: null, assd: null, "surface-dice": null, "volume-difference": null };
/** Of one that was found voxel by voxel. */
const PERFECT = { dice: 1, iou: 1, hd95: 0, assd: 0, "surface-dice": 1, "volume-difference": 0 };
/** Of one that only prediction or truth has, but for its volume. */
const MISSED = { dice: 0, iou: 0, hd95: Infinity, assd: Infinity, "surface-dice": 0 };

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

Deno.test("surface Dice counts the voxels of both surfaces that are within the tolerance, the limit included", () => {
  const [pair] = classPairs([1], [1], { labels: [1], dims: [1, 1, 1], spacing: [1, 1, 1] });
  const distances = { toTruth: Float64Array.of(0, 1, 2, 3), toPrediction: Float64Array.of(0, 2.5) };
  const at = (tolerance: number) => surfaceDiceAt(tolerance).measure({ ...pair, distances });
  assertEquals([0, 1, 2, 2.4, 3].map(at), [2 / 6, 3 / 6, 4 / 6, 4 / 6, 1]);
  assertEquals(surfaceDiceAt(0.5).title, "Surface Dice at 0.5 mm");
  for (const wrong of [-1, NaN, Infinity]) assertThrows(() => surfaceDiceAt(wrong), RangeError, `got ${wrong}`);
});

Deno.test("the volume difference is the prediction's volume less the truth's, in ml", () => {
  const measures = measureClasses([1, 1, 1, 0, 2], [1, 0, 0, 3, 3], {
    ...{ labels: [1, 2, 3, 4], dims: [5, 1, 1] as const, spacing: [10, 10, 20] as const },
    metrics: [volumeDifference],
  });
  assertEquals([...measures.values()].map((found) => found["volume-difference"]), [4, 2, -4, null]);
});

Deno.test("without a voxel size, distances are not defined, and Dice is", () => {
  const measures = measureClasses([1, 1, 0], [1, 0, 2], { labels: [1, 2, 3], dims: [3, 1, 1], spacing: null });
  assertEquals(measures.get(1), { ...NOTHING, dice: 2 / 3, iou: 1 / 2 });
  assertEquals(measures.get(2), { ...NOTHING, dice: 0, iou: 0 });
  assertEquals(measures.get(3), NOTHING);
});

Deno.test("each label is measured by itself, wherever it lies", () => {
  const dims = [6, 5, 4] as const, spacing = [2, 3, 5] as const;
  const prediction = new Uint8Array(120), truth = new Uint8Array(120);
  const at = (x: number, y: number, z: number) => x + 6 * (y + 5 * z);
  prediction[at(0, 0, 0)] = 7;
  truth[at(2, 1, 1)] = 7;
  prediction[at(5, 4, 3)] = truth[at(5, 4, 3)] = 4;
  const measures = measureClasses(prediction, truth, { labels: [4, 7], dims, spacing });
  assertEquals(measures.get(4), PERFECT);
  const distance = Math.hypot(2 * 2, 3, 5);
  assertAlmostEquals(measures.get(7)!.hd95!, distance, 1e-12);
  assertAlmostEquals(measures.get(7)!.assd!, distance, 1e-12);
});

Deno.test("what nobody annotated counts in no metric: truth and prediction are background there", () => {
  const dims = [6, 1, 1] as const, spacing = [1, 1, 1] as const, labels = [1, 2];
  const prediction = [0, 1, 1, 1, 2, 1], truth = [0, 1, 1, 9, 9, 9];
  const measures = measureClasses(prediction, truth, { labels, ignore: 9, dims, spacing });
  assertEquals(measures.get(1), PERFECT);
  assertEquals(measures.get(2), NOTHING);
  assertEquals([prediction, truth], [[0, 1, 1, 1, 2, 1], [0, 1, 1, 9, 9, 9]]); // the caller's own stay as they are
  const missed = measureClasses([0, 0, 0, 1, 1, 1], truth, { labels, ignore: 9, dims, spacing });
  assertEquals(missed.get(1), { ...MISSED, "volume-difference": -0.002 });
});

Deno.test("masks that are not the grid's are refused", () => {
  assertThrows(
    () => measureClasses([1, 1], [1, 1], { labels: [1], dims: [3, 1, 1], spacing: [1, 1, 1] }),
    RangeError,
    "the prediction must have the 3 voxels of its grid, got 2",
  );
});
