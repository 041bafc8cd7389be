/**
 * HD95: the Hausdorff distance with the 95th percentile in place of the maximum.
 *
 * The percentile is taken of each direction on its own, interpolated linearly between neighbours in rank, and the
 * larger of the two is the figure. So does MONAI (`compute_hausdorff_distance(percentile=95)`) and "Metrics reloaded"
 * (Maier-Hein et al., Nature Methods 21:195, 2024). Others pool both directions first (medpy's `hd95`), which gives
 * less where one surface is much larger than the other, or weight each distance by the area of its surface element and
 * do not interpolate (`surface-distance`).
 *
 * @module
 */
import type { Metric } from "./metric.ts";
import { measureSurfaces } from "./surface_distances.ts";

/** In mm; null and Infinity as {@linkcode measureSurfaces} has them. */
export const hd95: Metric = {
  name: "hd95",
  title: "HD95",
  unit: "mm",
  better: "lower",
  range: [0, Infinity],
  infinite: true,
  measure: ({ distances }) =>
    measureSurfaces(
      distances,
      ({ toTruth, toPrediction }) => Math.max(percentile(toTruth, 95), percentile(toPrediction, 95)),
    ),
};

/** Of ascending finite values, at least one: rank (n - 1) p / 100, interpolated. */
function percentile(sorted: Float64Array, percent: number): number {
  const rank = (sorted.length - 1) * percent / 100;
  const below = Math.floor(rank), above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
}
