/**
 * Wilcoxon's signed-rank test of paired figures (Wilcoxon, Biometrics Bulletin 1:80, 1945), two-sided.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wilcoxon } from "./wilcoxon.ts";
 *
 * const { p, effect } = wilcoxon([0.61, 0.7, 0.55, 0.66], [0.52, 0.63, 0.51, 0.6]);
 * assertEquals([p, effect], [0.125, 1]);
 * ```
 *
 * @module
 */
import { upperTail } from "./normal.ts";
import { averageRanks } from "./ranks.ts";

/** What {@linkcode wilcoxon} finds. */
export interface WilcoxonResult {
  /** Pairs of which both figures are defined. */
  readonly pairs: number;
  /** Of these, the pairs that differ; only they are ranked. */
  readonly ranked: number;
  /** Sum of the ranks of the pairs in which the first figure is larger, and in which the second is. */
  readonly positive: number;
  /** See `positive`. */
  readonly negative: number;
  /** Two-sided; 1 where no pair differs. */
  readonly p: number;
  /** How p was found. */
  readonly method: "exact" | "normal";
  /**
   * The matched-pairs rank-biserial correlation, (positive - negative) / (positive + negative) (Kerby, Comprehensive
   * Psychology 3:11.IT.3.1, 2014): 1 where the first figure is larger in every pair, -1 where the second is; null where
   * no pair differs.
   */
  readonly effect: number | null;
}

/** The most pairs for which the exact distribution is taken, as SciPy does. */
const EXACT_UP_TO = 50;

/**
 * Tests whether `first[i] - second[i]` is distributed symmetrically around 0.
 *
 * Pairs in which a figure is null are left out, and pairs without a difference as well (Wilcoxon's own rule). Two
 * infinite distances do not differ; one infinite distance differs from a finite one by more than any finite difference.
 * p is exact for up to 50 differences without ties; otherwise it is the normal approximation with the variance
 * corrected for ties and a correction of 1/2 for continuity: SciPy's `wilcoxon(method="exact")` and
 * `wilcoxon(method="asymptotic", correction=True)`, each with `zero_method="wilcox"`.
 *
 * @throws {RangeError} if the lists differ in length, or a figure is not a number.
 */
export function wilcoxon(first: readonly (number | null)[], second: readonly (number | null)[]): WilcoxonResult {
  if (first.length !== second.length) {
    throw new RangeError(`paired figures must be as many on both sides, got ${first.length} and ${second.length}`);
  }
  const all: number[] = [];
  first.forEach((a, i) => {
    const b = second[i];
    if (Number.isNaN(a) || Number.isNaN(b)) throw new RangeError(`paired figures must be numbers, got ${a} and ${b}`);
    if (a !== null && b !== null) all.push(a === b ? 0 : a - b);
  });
  const differences = all.filter((difference) => difference !== 0);
  const { ranks, ties } = averageRanks(differences.map(Math.abs));
  const total = differences.length * (differences.length + 1) / 2;
  const positive = ranks.reduce((sum, rank, i) => differences[i] > 0 ? sum + rank : sum, 0);
  const negative = total - positive;
  const method = differences.length <= EXACT_UP_TO && ties.length === 0 ? "exact" : "normal";
  return {
    pairs: all.length,
    ranked: differences.length,
    positive,
    negative,
    p: method === "exact"
      ? exact(Math.min(positive, negative), differences.length)
      : approximate(positive, differences.length, ties),
    method,
    effect: total === 0 ? null : (positive - negative) / total,
  };
}

/** Twice the share of the 2^n choices of signs whose sum of positive ranks is at most `smaller`. */
function exact(smaller: number, n: number): number {
  // counts[sum]: choices of the ranks so far with this sum; no more than 2^50, which a number holds exactly
  const counts = new Float64Array(n * (n + 1) / 2 + 1);
  counts[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let sum = rank * (rank + 1) / 2; sum >= rank; sum--) counts[sum] += counts[sum - rank];
  }
  let atMost = 0;
  for (let sum = 0; sum <= smaller; sum++) atMost += counts[sum];
  return Math.min(1, 2 * atMost / 2 ** n);
}

function approximate(positive: number, n: number, ties: readonly number[]): number {
  const mean = n * (n + 1) / 4;
  const tied = ties.reduce((sum, count) => sum + count ** 3 - count, 0);
  const variance = n * (n + 1) * (2 * n + 1) / 24 - tied / 48;
  const distance = Math.max(0, Math.abs(positive - mean) - 0.5);
  return 2 * upperTail(distance / Math.sqrt(variance));
}
