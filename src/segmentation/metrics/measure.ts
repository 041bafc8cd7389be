/**
 * Every metric of a case's classes.
 *
 * @module
 */
import type { Vec3 } from "../../data/volume.ts";
import { assd } from "./assd.ts";
import { dicePerClass } from "./dice.ts";
import { hd95 } from "./hd95.ts";
import type { Score } from "./score.ts";
import { surfaceDistances } from "./surface_distances.ts";

/** The figures of one class in one case. */
export interface ClassMeasures {
  /** In [0, 1]. */
  readonly dice: Score;
  /** In mm; null where the voxel size is not known, too. */
  readonly hd95: Score;
  /** In mm; null where the voxel size is not known, too. */
  readonly assd: Score;
}

/** Options of {@linkcode measureClasses}. */
export interface MeasureOptions {
  /** The label values to compare, without background. */
  labels: Iterable<number>;
  /** Voxels along x, y, z. */
  dims: Vec3;
  /**
   * Voxel size along x, y, z in mm; null where nobody knows it. Distances are then not defined: there is no voxel size
   * to fall back on, because a distance in voxels of unknown shape means nothing.
   */
  spacing: Vec3 | null;
}

/**
 * Dice, HD95 and ASSD of each label. Where neither prediction nor truth has the label, all three are not defined
 * (null). Where only one has it, Dice is 0 and the distances are Infinity.
 *
 * @param prediction label values, x fastest
 * @param truth label values of the same voxels
 * @throws {RangeError} if the two do not have the same voxels, or a voxel size is not positive.
 */
export function measureClasses(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  { labels, dims, spacing }: MeasureOptions,
): Map<number, ClassMeasures> {
  return new Map(
    [...dicePerClass(prediction, truth, labels)].map(([label, dice]) => {
      if (spacing === null) return [label, { dice, hd95: null, assd: null }];
      const distances = surfaceDistances(prediction, truth, label, { dims, spacing });
      return [label, { dice, hd95: hd95(distances), assd: assd(distances) }];
    }),
  );
}
