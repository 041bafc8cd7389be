/**
 * What a metric measures: one class of one case, as it was predicted and as it is.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import { type Overlap, overlaps } from "./overlap.ts";
import { type SurfaceDistances, surfaceDistances } from "./surface_distances.ts";

/** One class of one case, with what several metrics share. */
export interface ClassPair {
  /** Label values, x fastest; background where nobody annotated the voxel. */
  readonly prediction: ArrayLike<number>;
  /** Label values of the same voxels. */
  readonly truth: ArrayLike<number>;
  /** The class's value. */
  readonly label: number;
  /** Voxels along x, y, z. */
  readonly dims: Triple;
  /** Voxel size along x, y, z in mm; null where nobody knows it. */
  readonly spacing: Triple | null;
  /** The class's voxels. */
  readonly overlap: Overlap;
  /** Null where the voxel size is not known. Computed when a metric first asks for it. */
  readonly distances: SurfaceDistances | null;
}

/** Options of {@linkcode classPairs}. */
export interface ClassPairsOptions {
  /** The label values to compare, without background. */
  labels: Iterable<number>;
  /** The value of truth that nobody annotated; there both are taken to be background. @default none */
  ignore?: number;
  /** Voxels along x, y, z. */
  dims: Triple;
  /**
   * Voxel size along x, y, z in mm; null where nobody knows it. Distances are then not defined: there is no voxel size
   * to fall back on, because a distance in voxels of unknown shape means nothing.
   */
  spacing: Triple | null;
}

/**
 * The pair of each label.
 *
 * @param prediction label values, x fastest
 * @param truth label values of the same voxels
 * @throws {RangeError} if the two differ in length; when its distances are asked for, if they are not of the grid, or a
 * voxel size is not positive.
 */
export function classPairs(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  { labels, ignore, dims, spacing }: ClassPairsOptions,
): ClassPair[] {
  if (ignore !== undefined) [prediction, truth] = withoutIgnored(prediction, truth, ignore);
  return Array.from(overlaps(prediction, truth, labels), ([label, overlap]) => {
    let distances: SurfaceDistances | undefined;
    return {
      ...{ prediction, truth, label, dims, spacing, overlap },
      get distances() {
        if (spacing === null) return null;
        return distances ??= surfaceDistances(prediction, truth, label, { dims, spacing });
      },
    };
  });
}

/** Both with background where the truth is `ignore`; the volumes themselves where it is nowhere. */
function withoutIgnored(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  ignore: number,
): [prediction: ArrayLike<number>, truth: ArrayLike<number>] {
  let first = 0;
  while (first < truth.length && truth[first] !== ignore) first++;
  if (first === truth.length) return [prediction, truth];
  const copy = (values: ArrayLike<number>) => values instanceof Uint8Array ? values.slice() : new Float32Array(values);
  const [predicted, annotated] = [copy(prediction), copy(truth)];
  for (let i = first; i < annotated.length; i++) if (annotated[i] === ignore) predicted[i] = annotated[i] = 0;
  return [predicted, annotated];
}
