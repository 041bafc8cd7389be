/**
 * Limits on how many features are taken or given.
 *
 * @module
 */
import type { FeatureSet } from "../core/features.ts";

/**
 * `set`, or `limit` of its rows at even distances: rows that stand in groups (of one partition, say) are thinned in
 * proportion, and which ones stay does not depend on their values.
 */
export function thinned(set: FeatureSet, limit: number): FeatureSet {
  const count = set.partitions.length;
  if (count <= limit) return set;
  const d = set.features.length / count;
  const features = new Float32Array(limit * d), partitions = new Int32Array(limit);
  for (let row = 0; row < limit; row++) {
    const from = Math.floor(row * count / limit);
    features.set(set.features.subarray(from * d, (from + 1) * d), row * d);
    partitions[row] = set.partitions[from];
  }
  return { features, partitions };
}
