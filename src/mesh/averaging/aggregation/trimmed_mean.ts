/**
 * Coordinate-wise trimmed mean (Yin, Chen, Kannan, Bartlett 2018, "Byzantine-robust distributed learning: towards
 * optimal statistical rates"): of each value, one's own among them, the smallest and the largest quarter (rounded down,
 * at least one) are left out; the mean of the rest. Every vector counts alike, whatever weight or mass it claims. With
 * fewer than three others (some are away) it keeps one's own.
 *
 * @module
 */
import { SLICE, slices } from "../../../core/slices.ts";
import type { AggregationRule } from "./rule.ts";

/** The part that is left out at each end. */
const TRIM = 0.25;
/** Of four values one is left out at each end. */
const NEIGHBOURS = 3;

/** How many of `count` are left out at each end. */
const trimmed = (count: number) => Math.max(1, Math.floor(TRIM * count));

/** Sorts in place; insertion is quickest for as many as a peer has neighbours. */
function insertionSort(values: Float64Array): void {
  for (let i = 1; i < values.length; i++) {
    const value = values[i];
    let k = i - 1;
    for (; k >= 0 && values[k] > value; k--) values[k + 1] = values[k];
    values[k + 1] = value;
  }
}

/** Leaves out the extremes of every value. */
export const trimmedMean: AggregationRule = {
  name: "trimmed-mean",
  linear: false,
  neighbours: NEIGHBOURS,
  open: () => ({
    *combine(own, received) {
      if (received.length < NEIGHBOURS) return { vector: own.vector, refused: [] };
      const vectors = [own.vector, ...received.map(({ vector }) => vector)];
      const out = trimmed(vectors.length);
      const column = new Float64Array(vectors.length);
      const vector = new Float32Array(own.vector.length);
      const trim = (from: number, to: number) => {
        for (let i = from; i < to; i++) {
          for (let k = 0; k < vectors.length; k++) column[k] = vectors[k][i];
          insertionSort(column);
          let sum = 0;
          for (let k = out; k < vectors.length - out; k++) sum += column[k];
          vector[i] = sum / (vectors.length - 2 * out);
        }
      };
      for (const [from, to] of slices(vector.length, SLICE / 4)) {
        trim(from, to);
        yield;
      }
      return { vector, refused: [] };
    },
  }),
};
