import { assert, assertEquals, assertThrows } from "@std/assert";
import { measureClasses } from "../../../src/segmentation/metrics/measure.ts";
import { canBe, type Metric, titleWithUnit } from "../../../src/segmentation/metrics/metric.ts";
import { metrics, proveMetric } from "../../../src/segmentation/metrics/metrics.ts";

/** The share of the truth that was not found, as a metric that a program might bring along. */
const missed: Metric = {
  name: "missed-share",
  title: "Missed share",
  unit: "%",
  better: "lower",
  range: [0, 100],
  infinite: false,
  measure({ overlap: { prediction, truth, both } }) {
    if (prediction + truth === 0) return null;
    return truth === 0 ? 100 : 100 * (truth - both) / truth;
  },
};

Deno.test("the metrics are those of overlap, distance and volume, in this order, each with what its figures mean", () => {
  assertEquals([...metrics].map(titleWithUnit), [
    ...["Dice", "IoU", "HD95 in mm", "ASSD in mm"],
    ...["Surface Dice at 2 mm", "Volume difference in ml"],
  ]);
  const { dice, hd95, "volume-difference": volume } = Object.fromEntries(
    [...metrics].map((metric) => [metric.name, metric]),
  );
  assertEquals([dice.better, hd95.better], ["higher", "lower"]);
  assertEquals([0, 1, null, 1.1, -0.1, NaN, Infinity].map((score) => canBe(dice, score)), [
    ...[true, true, true],
    ...[false, false, false, false],
  ]);
  assertEquals([0, 1e9, null, Infinity, -1, NaN].map((score) => canBe(hd95, score)), [
    ...[true, true, true, true],
    ...[false, false],
  ]);
  assertEquals([-5, 0, 5, null, Infinity, -Infinity, NaN].map((score) => canBe(volume, score)), [
    ...[true, true, true, true],
    ...[false, false, false],
  ]);
});

Deno.test("a metric that is registered is measured with the others, until it is taken away", () => {
  const measure = () => measureClasses([1, 0, 0], [1, 1, 0], { labels: [1], dims: [3, 1, 1], spacing: null }).get(1);
  const before = measure();
  const takeAway = metrics.register(missed);
  try {
    assertEquals(measure(), { ...before, "missed-share": 50 });
  } finally {
    takeAway();
  }
  assertEquals(measure(), before);
});

Deno.test("a metric that is not what it says is refused", () => {
  proveMetric(missed);
  const refused = (change: Partial<Metric>, rule: string) =>
    assertThrows(
      () => metrics.register({ ...missed, ...change }),
      Error,
      `the metric missed-share is at fault: ${rule}`,
    );
  refused({ better: "higher" }, "what is found better must have a better figure");
  refused({ better: "nearer-zero", measure: ({ overlap: { both } }) => both }, "what is found better");
  refused({ measure: () => 1 }, "what is found better must have a better figure");
  refused({ range: [0, 1] }, "100 must be null or in its range");
  refused(
    { measure: ({ overlap: { truth, both } }) => 100 * (truth - both) / truth },
    "NaN must be null or in its range",
  );
  refused({ measure: ({ overlap: { truth } }) => truth === 0 ? Infinity : 0 }, "what is found better");
  refused({ measure: (pair) => missed.measure(pair) ?? 0 }, "of a class that is nowhere it must be null");
  assert(!metrics.names.includes("missed-share"));
});
