/**
 * How close a volume's features come to those that a site released.
 *
 * @module
 */
import { meanOf } from "../../src/display/statistics.ts";
import type { Candidate } from "./_view_similarity.ts";

/** Rows of norm 1 with their partitions. */
interface Released {
  readonly features: Float32Array;
  readonly partitions: Int32Array;
}

/** What each site released, by projection; undefined where nothing left the site. */
export type ReleasedBySite = readonly (readonly Released[] | undefined)[];

/** The share of released rows that a score is the mean over: few of them come from any one volume. */
const CLOSEST = 0.05;

/**
 * A score for each candidate: of its site's released rows, each has a greatest cosine with the candidate's rows of the
 * same partition, from which the mean of the same over the attacker's own volumes (the candidate itself left out) is
 * taken; the score is the mean of the greatest of these differences.
 */
export function closeness(candidates: readonly Candidate[], released: ReleasedBySite): number[] {
  const own = candidates.flatMap(({ site }, index) => site === 0 ? [index] : []);
  const scores = new Array<number>(candidates.length);
  released.forEach((sets, site) => {
    const cosines = candidates.map((candidate) =>
      candidate.site === site || candidate.site === 0 ? greatestCosines(candidate, sets!) : undefined
    );
    candidates.forEach((candidate, index) => {
      if (candidate.site !== site) return;
      const reference = own.filter((other) => other !== index).map((other) => cosines[other]!);
      const excess = Array.from(cosines[index]!, (cosine, row) => cosine - meanOfKnown(reference, row))
        .filter((value) => !Number.isNaN(value)).sort((a, b) => b - a);
      const closest = excess.slice(0, Math.max(1, Math.round(CLOSEST * excess.length)));
      scores[index] = meanOf(closest) ?? NaN;
    });
  });
  return scores;
}

/** For each released row of all projections; NaN where the candidate shows nothing of its partition. */
function greatestCosines({ rows }: Candidate, released: readonly Released[]): Float64Array {
  const all = released.flatMap(({ features, partitions }, projection) => {
    const own = rows[projection];
    const d = features.length / partitions.length;
    const byPartition = Map.groupBy(own.partitions.keys(), (row) => own.partitions[row]);
    return Array.from(partitions, (partition, row) => {
      let greatest = NaN;
      for (const other of byPartition.get(partition) ?? []) {
        let cosine = 0;
        for (let i = 0; i < d; i++) cosine += features[row * d + i] * own.features[other * d + i];
        if (!(greatest >= cosine)) greatest = cosine;
      }
      return greatest;
    });
  });
  return Float64Array.from(all);
}

function meanOfKnown(lists: readonly Float64Array[], row: number): number {
  let [sum, count] = [0, 0];
  for (const list of lists) {
    if (Number.isNaN(list[row])) continue;
    sum += list[row];
    count++;
  }
  return sum / count;
}
