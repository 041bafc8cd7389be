/** Proportions at random. */
import type { Rng } from "../../core/rng.ts";

/** Shares that sum to 1, drawn from the symmetric Dirichlet distribution: gamma variables over their sum. */
export function dirichlet(count: number, alpha: number, rng: Rng): number[] {
  const logs = Array.from({ length: count }, () => logGamma(alpha, rng));
  const largest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * The logarithm of a gamma variable of the given shape (Marsaglia and Tsang, ACM TOMS 26:363, 2000; a shape below 1 by
 * its boost, in logarithms, because such variables underflow).
 */
function logGamma(shape: number, rng: Rng): number {
  if (shape < 1) return logGamma(shape + 1, rng) + Math.log(1 - rng.uniform()) / shape;
  const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
  while (true) {
    const normal = rng.normal(), root = 1 + c * normal;
    if (root <= 0) continue;
    const cube = root ** 3;
    if (Math.log(1 - rng.uniform()) < normal * normal / 2 + d - d * cube + d * Math.log(cube)) {
      return Math.log(d * cube);
    }
  }
}

/** Cuts a list at the rounded sums of the shares: every item goes to one place. */
export function shareOut<T>(items: readonly T[], shares: readonly number[]): T[][] {
  let sum = 0, from = 0;
  return shares.map((share, i) => {
    sum += share;
    const to = i === shares.length - 1 ? items.length : Math.round(sum * items.length);
    const own = items.slice(from, to);
    from = to;
    return own;
  });
}
