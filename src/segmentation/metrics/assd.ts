/**
 * ASSD: the average symmetric surface distance.
 *
 * The mean over the surface voxels of both masks together, each of which has its distance to the other surface: (sum of
 * d(a, B) + sum of d(b, A)) / (|A| + |B|) (Heimann et al., IEEE TMI 28:1251, 2009). So does MONAI
 * (`compute_average_surface_distance(symmetric=True)`); others average the two directions' means (medpy's `assd`), or
 * weight by area (`surface-distance`).
 *
 * @module
 */
import type { Metric } from "./metric.ts";
import { measureSurfaces } from "./surface_distances.ts";

/** In mm; null and Infinity as {@linkcode measureSurfaces} has them. */
export const assd: Metric = {
  name: "assd",
  title: "ASSD",
  unit: "mm",
  better: "lower",
  range: [0, Infinity],
  infinite: true,
  measure: ({ distances }) =>
    measureSurfaces(
      distances,
      ({ toTruth, toPrediction }) => (sum(toTruth) + sum(toPrediction)) / (toTruth.length + toPrediction.length),
    ),
};

function sum(distances: Float64Array): number {
  return distances.reduce((total, distance) => total + distance, 0);
}
