/**
 * Surface Dice: the share of two surfaces that lies within a tolerance of the other one (Nikolov et al., Journal of
 * Medical Internet Research 23:e26151, 2021; the normalised surface distance of "Metrics reloaded", Maier-Hein et al.,
 * Nature Methods 21:195, 2024).
 *
 * A surface is counted in voxels, the same as those of HD95 and ASSD: (voxels of A with d(a, B) <= t + voxels of B with
 * d(b, A) <= t) / (|A| + |B|). So does MONAI (`compute_surface_dice`, as it is without `use_subvoxels`). DeepMind's
 * `surface-distance`, and MONAI with `use_subvoxels`, put surface elements between the voxels and weight them by their
 * area, which gives other figures, the more so the longer voxels are along one axis.
 *
 * @module
 */
import type { Metric } from "./metric.ts";
import { measureSurfaces } from "./surface_distances.ts";

/**
 * The tolerance in mm where nobody names one. None is right for all structures: it should be what annotators differ by,
 * which Nikolov et al. found to be from 1 to 3 mm; this is their middle.
 */
export const SURFACE_TOLERANCE = 2;

/**
 * Surface Dice at a tolerance in mm, in [0, 1]. It is null where the voxel size is not known, or neither prediction nor
 * truth has the label; where only one has it, it is 0.
 *
 * @throws {RangeError} if the tolerance is negative or not finite.
 */
export function surfaceDiceAt(tolerance: number): Metric {
  if (!(tolerance >= 0 && tolerance < Infinity)) {
    throw new RangeError(`a tolerance must be a number of at least 0 mm, got ${tolerance}`);
  }
  const within = (distances: Float64Array) =>
    distances.reduce((sum, distance) => sum + Number(distance <= tolerance), 0);
  return {
    name: "surface-dice",
    title: `Surface Dice at ${tolerance} mm`,
    unit: null,
    better: "higher",
    range: [0, 1],
    infinite: false,
    measure({ distances }) {
      const share = measureSurfaces(
        distances,
        ({ toTruth, toPrediction }) =>
          (within(toTruth) + within(toPrediction)) / (toTruth.length + toPrediction.length),
      );
      return share === Infinity ? 0 : share;
    },
  };
}

/** At {@linkcode SURFACE_TOLERANCE}. */
export const surfaceDice: Metric = surfaceDiceAt(SURFACE_TOLERANCE);
