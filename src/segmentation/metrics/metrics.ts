/**
 * All metrics by name, in the order of results.csv and of the tables; loading this file proves that each is what it
 * says.
 *
 * Voxels that nobody annotated count in none of them: before anything is measured, truth and prediction are both made
 * background there (`classPairs`). A structure that such a region cuts off therefore has a surface at its border, the
 * truth's and the prediction's at the same place where both reach it; distances to what lies beyond are not measured.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measureClasses } from "./measure.ts";
 * import { metrics } from "./metrics.ts";
 *
 * metrics.register({
 *   name: "sensitivity",
 *   title: "Sensitivity",
 *   unit: null,
 *   better: "higher",
 *   range: [0, 1],
 *   infinite: false,
 *   measure: ({ overlap: { both, truth } }) => truth === 0 ? null : both / truth,
 * });
 * const found = measureClasses([1, 0, 0], [1, 1, 0], { labels: [1], dims: [3, 1, 1], spacing: [1, 1, 1] });
 * assertEquals(found.get(1)?.sensitivity, 0.5);
 * assertEquals(found.get(1)?.dice, 2 / 3);
 * ```
 *
 * @module
 */
import { Registry } from "../../core/registry.ts";
import type { Triple } from "../../core/triple.ts";
import { assd } from "./assd.ts";
import { classPairs } from "./class_pair.ts";
import { dice } from "./dice.ts";
import { hd95 } from "./hd95.ts";
import { iou } from "./iou.ts";
import { canBe, type Metric } from "./metric.ts";
import { surfaceDice } from "./surface_dice.ts";
import { volumeDifference } from "./volume_difference.ts";

const BUILT_IN = [dice, iou, hd95, assd, surfaceDice, volumeDifference];

/** Every metric; a new one is one file and one line here. */
export const metrics: Registry<Metric> = new Registry("a metric", BUILT_IN, { prove: proveMetric });

/**
 * Proves on small masks that a metric keeps to its range, is the better the more of a class is found, is Infinity only
 * where it says so, and is not defined where there is nothing to measure.
 *
 * @throws {Error} naming the metric and what does not hold.
 */
export function proveMetric(metric: Metric): void {
  const { name, better } = metric;
  const dims: Triple = [7, 5, 3];
  const slab = (from: number, to: number) =>
    Uint8Array.from({ length: 105 }, (_, i) => Number(i % 7 >= from && i % 7 < to));
  const score = (prediction: Uint8Array, truth: Uint8Array, spacing: Triple | null) => {
    const [pair] = classPairs(prediction, truth, { labels: [1], dims, spacing });
    const found = metric.measure(pair);
    insist(canBe(metric, found), `${found} must be null or in its range`);
    return found;
  };
  const insist = (holds: boolean, rule: string) => {
    if (!holds) throw new Error(`the metric ${name} is at fault: ${rule}`);
  };
  const [truth, near, far, nothing] = [slab(1, 3), slab(1, 4), slab(6, 7), slab(0, 0)];
  for (const spacing of [null, [1, 2, 3] as const]) {
    const [best, good, bad] = [truth, near, far].map((prediction) => score(prediction, truth, spacing));
    const ordered = (a: number, b: number) =>
      better === "higher" ? a >= b : better === "lower" ? a <= b : Math.abs(a) <= Math.abs(b);
    if (best !== null && good !== null && bad !== null) {
      insist(
        ordered(best, good) && ordered(good, bad) && best !== bad,
        "what is found better must have a better figure",
      );
    }
    insist(score(nothing, nothing, spacing) === null, "of a class that is nowhere it must be null");
    score(nothing, truth, spacing);
    score(truth, nothing, spacing);
  }
}
