/**
 * Limits on how many features are taken or given, and on how often the same.
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

/** The step to which values are rounded before rows are likened. */
const SAME = 1e-4;

/**
 * `set`, or the first of every group of rows that say the same of one partition where that is less than half of all: an
 * honest release has a few such rows, of places where there is nothing to see.
 */
export function distinct(set: FeatureSet): FeatureSet {
  const { features, partitions } = set;
  const d = features.length / partitions.length;
  const seen = new Set<string>();
  const kept = Array.from(partitions.keys()).filter((row) => {
    const rounded = Array.from(features.subarray(row * d, (row + 1) * d), (value) => Math.round(value / SAME));
    const name = `${partitions[row]} ${rounded.join()}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
  if (2 * kept.length >= partitions.length) return set;
  const rows = new Float32Array(kept.length * d);
  kept.forEach((row, place) => rows.set(features.subarray(row * d, (row + 1) * d), place * d));
  return { features: rows, partitions: Int32Array.from(kept, (row) => partitions[row]) };
}
