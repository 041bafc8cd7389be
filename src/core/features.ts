/**
 * Features as they are released: rows of embeddings, each with the partition of the volume that it shows.
 *
 * @module
 */
import { allFinite } from "./vectors.ts";

/** n rows of d values, each of L2 norm 1, and the partition of each row. */
export interface FeatureSet {
  /** [n, d], row-major. */
  readonly features: Float32Array;
  /** [n], from 0. */
  readonly partitions: Int32Array;
}

/** What a site releases in one of its rounds. */
export interface RoundFeatures extends FeatureSet {
  /** The releasing site's own round; a later release replaces an earlier one. */
  readonly round: number;
}

/** What another site released. */
export interface RemoteFeatures extends RoundFeatures {
  /** The releasing site, by its peer id. */
  readonly peer: string;
}

/** What features must satisfy. */
export interface FeatureLimits {
  /** Largest n. @default 65536 */
  maxCount?: number;
  /** Largest d. @default 4096 */
  maxWidth?: number;
  /** Partitions are below this. @default 65536 */
  maxPartitions?: number;
  /** Largest | ‖row‖ - 1 |. @default 0.001 */
  normTolerance?: number;
}

/** What holds where no limits are given. */
export const FEATURE_LIMITS: Readonly<Required<FeatureLimits>> = Object.freeze({
  maxCount: 65536,
  maxWidth: 4096,
  maxPartitions: 65536,
  normTolerance: 1e-3,
});

/**
 * Checks shape, finiteness, unit norms and partition numbers.
 *
 * @throws {RangeError} naming the rule and the value.
 */
export function checkFeatures(
  { features, partitions }: FeatureSet,
  limits: FeatureLimits = {},
): { n: number; d: number } {
  const { maxCount, maxWidth, maxPartitions, normTolerance } = { ...FEATURE_LIMITS, ...limits };
  const n = partitions.length;
  const d = features.length / n;
  if (!(n >= 1 && n <= maxCount)) throw new RangeError(`features must have 1 to ${maxCount} rows, got ${n}`);
  if (!Number.isInteger(d) || !(d >= 1 && d <= maxWidth)) {
    throw new RangeError(
      `features must have rows of 1 to ${maxWidth} values, got ${features.length} values in ${n} rows`,
    );
  }
  if (!allFinite(features)) throw new RangeError("features must be finite");
  for (let row = 0; row < n; row++) {
    let square = 0;
    for (let k = row * d; k < (row + 1) * d; k++) square += features[k] ** 2;
    if (Math.abs(Math.sqrt(square) - 1) > normTolerance) {
      throw new RangeError(`features must have rows of norm 1, got ${Math.sqrt(square)} in row ${row}`);
    }
    if (!(partitions[row] >= 0 && partitions[row] < maxPartitions)) {
      throw new RangeError(`a partition must be from 0 to ${maxPartitions - 1}, got ${partitions[row]} in row ${row}`);
    }
  }
  return { n, d };
}
