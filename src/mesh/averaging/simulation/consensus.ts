/**
 * How far peers are apart.
 *
 * @module
 */

/** Sums over the values of all vectors. */
export interface Spread {
  /** Σ over peers of ‖x − x̄‖². */
  squares: number;
  /** x̄. */
  mean: Float64Array;
}

/**
 * One pass over all vectors. Differences are taken from the first vector, so that small spreads are not lost in large
 * values.
 *
 * @param vector the vector of a peer
 */
export function spreadOf(peers: readonly number[], vector: (peer: number) => Float32Array): Spread {
  const first = vector(peers[0]);
  const sums = new Float64Array(first.length);
  let squares = 0;
  for (const peer of peers) {
    const values = vector(peer);
    for (let i = 0; i < sums.length; i++) {
      const difference = values[i] - first[i];
      sums[i] += difference;
      squares += difference * difference;
    }
  }
  const mean = new Float64Array(sums.length);
  for (let i = 0; i < sums.length; i++) {
    mean[i] = sums[i] / peers.length;
    squares -= sums[i] * mean[i];
    mean[i] += first[i];
  }
  return { squares: Math.max(0, squares), mean };
}

/** ‖vector‖. */
function normOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/** The consensus distance sqrt(mean over peers of ‖x − x̄‖²) / ‖x̄‖, as in `heads/sketch.ts`. */
export function distanceOf({ squares, mean }: Spread, peers: number): number {
  return Math.sqrt(squares / peers) / normOf(mean);
}

/** sqrt(mean over peers of ‖x − goal‖²) / ‖goal‖. */
export function errorTo(goal: Float64Array, peers: readonly number[], vector: (peer: number) => Float32Array): number {
  let squares = 0;
  for (const peer of peers) {
    const values = vector(peer);
    for (let i = 0; i < goal.length; i++) squares += (values[i] - goal[i]) ** 2;
  }
  return Math.sqrt(squares / peers.length) / normOf(goal);
}
