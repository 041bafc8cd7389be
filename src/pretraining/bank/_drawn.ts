/** Entries drawn from a bank's sources: its own queue, and each other site's features. */
import type { FeatureSet } from "../../core/features.ts";
import type { Rng } from "../../core/rng.ts";
import { drawDistinct, type fairShares } from "../_shares.ts";

/** Where entries are drawn from. */
export interface Source extends FeatureSet {
  readonly remote: 0 | 1;
  readonly size: number;
  /** Which row is its first where the rows of all sources follow one another. */
  readonly offset: number;
  /** Where its drawn entry lies among its features. */
  slot(entry: number): number;
}

/** An entry of a source. */
export interface Drawn {
  readonly source: Source;
  readonly entry: number;
}

/** Up to `count` entries, without repetition, divided over the sources. */
export function drawFrom(sources: readonly Source[], count: number, rng: Rng, divide: typeof fairShares): Drawn[] {
  const shares = divide(sources.map(({ size }) => size), count, rng);
  return sources.flatMap((source, index) =>
    drawDistinct(source.size, shares[index], rng).map((entry) => ({ source, entry: source.slot(entry) }))
  );
}

/** The entries' rows of `dimension` values. */
export function rowsOf(drawn: readonly Drawn[], dimension: number): Float32Array {
  const rows = new Float32Array(drawn.length * dimension);
  drawn.forEach(({ source, entry }, row) =>
    rows.set(source.features.subarray(entry * dimension, (entry + 1) * dimension), row * dimension)
  );
  return rows;
}
