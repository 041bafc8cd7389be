/**
 * An aggregation rule of one's own: the geometric median of one's own vector and those received, the point with the
 * least sum of distances to them (Pillutla, Kakade and Harchaoui 2022, "Robust aggregation for federated learning",
 * algorithm 2: smoothed Weiszfeld steps). Vectors far away pull with a force of 1 whatever their distance, so that
 * fewer than half of them cannot drag it off.
 *
 * How to run it: see README.md beside this file. In a configuration: `"mesh": { "averaging": { "rule":
 * "geometric-median" } }`.
 *
 * @module
 */
import { type AggregationRule, aggregationRules, distance } from "../../mod.ts";

const STEPS = 8;

/** Distances below this share of the largest norm count as this: the median may lie on a vector. */
const SMOOTHING = 1e-6;

/** The mean of `vectors`, each with its weight. */
function weightedMean(vectors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(vectors[0], (_, i) => {
    let sum = 0;
    for (let k = 0; k < vectors.length; k++) sum += weights[k] * vectors[k][i];
    return sum / total;
  });
}

/** The geometric median; every vector counts alike, whatever weight or mass it claims. */
export const geometricMedian: AggregationRule = {
  name: "geometric-median",
  linear: false,
  neighbours: 2,
  open: () => ({
    combine(own, received) {
      if (received.length < 2) return { vector: own.vector, refused: [] }; // of two every point between is a median
      const vectors = [own.vector, ...received.map(({ vector }) => vector)];
      const zeros = new Float32Array(own.vector.length);
      const least = SMOOTHING * Math.max(...vectors.map((vector) => distance(vector, zeros)), Number.MIN_VALUE);
      let median = weightedMean(vectors, vectors.map(() => 1));
      for (let step = 0; step < STEPS; step++) {
        median = weightedMean(vectors, vectors.map((vector) => 1 / Math.max(least, distance(vector, median))));
      }
      return { vector: median, refused: [] };
    },
  }),
};

aggregationRules.register(geometricMedian);
