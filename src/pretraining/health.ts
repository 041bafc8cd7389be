/**
 * The health of the representation, measured on volumes that no step has seen.
 *
 * The loss does not show collapse: with stale negatives an encoder that sends everything to one point still has a loss
 * that looks alive. These figures do.
 *
 * @module
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { FeatureSet } from "../core/features.ts";

/** Embeddings with what is known of them. */
export interface LabelledEmbeddings extends FeatureSet {
  /** [n], the subject that each row comes from. */
  readonly subjects: readonly string[];
}

/** What was measured. */
export interface Health {
  /** Mean cosine between two different rows: 1 is total collapse. */
  meanCosine: number;
  /** Between 1 (collapse onto a line) and d; see {@linkcode effectiveRank}. */
  effectiveRank: number;
  /** Share of rows whose nearest rows of other subjects name their partition; NaN where there is one subject only. */
  neighbourAccuracy: number;
  /** What naming the most frequent partition would reach. */
  chance: number;
  /** Whether the representation has collapsed: {@linkcode COLLAPSE}. */
  collapsed: boolean;
  /** Rows that were measured. */
  rows: number;
}

/**
 * The thresholds of the verdict. Collapsed runs reach a mean cosine of 1.000; healthy ones fell below .5 and the worst
 * moment of one that recovered was .81. Below an effective rank of 2 nothing but a sign is told apart.
 */
export const COLLAPSE: Readonly<{ meanCosine: number; effectiveRank: number }> = Object.freeze({
  meanCosine: 0.95,
  effectiveRank: 2,
});

/** Neighbours that vote. */
const NEIGHBOURS = 10;

/** All measures and the verdict. */
export function measureHealth(embeddings: LabelledEmbeddings, options: { neighbours?: number } = {}): Health {
  const { neighbours = NEIGHBOURS } = options;
  const { features, partitions } = embeddings;
  const rows = partitions.length;
  const cosine = meanCosine(features, rows), rank = effectiveRank(features, rows);
  return {
    meanCosine: cosine,
    effectiveRank: rank,
    neighbourAccuracy: neighbourAccuracy(embeddings, neighbours),
    chance: chanceOf(partitions),
    collapsed: !(cosine < COLLAPSE.meanCosine && rank >= COLLAPSE.effectiveRank),
    rows,
  };
}

/** The mean cosine between two different rows of norm 1: (|sum of rows|^2 - n) / (n (n - 1)). */
export function meanCosine(features: Float32Array, rows: number): number {
  requireRows(features, rows);
  const d = features.length / rows;
  const sum = new Float64Array(d);
  let own = 0;
  for (let i = 0; i < features.length; i++) {
    sum[i % d] += features[i];
    own += features[i] * features[i];
  }
  return (sum.reduce((total, value) => total + value * value, 0) - own) / (rows * (rows - 1));
}

/**
 * The effective rank: the exponential of the entropy of the singular values, each divided by their sum (Roy and
 * Vetterli 2007; RankMe, arXiv 2210.02885). The rows are not centred, so that collapse onto one point gives 1.
 */
export function effectiveRank(features: Float32Array, rows: number): number {
  requireRows(features, rows);
  const d = features.length / rows;
  const moments = Matrix.zeros(d, d); // [d, d], Z^T Z, whose eigenvalues are the squared singular values
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        moments.set(i, j, moments.get(i, j) + features[row * d + i] * features[row * d + j]);
      }
    }
  }
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) moments.set(j, i, moments.get(i, j));
  if (moments.to1DArray().some((value) => !Number.isFinite(value))) return NaN;
  const { realEigenvalues } = new EigenvalueDecomposition(moments, { assumeSymmetric: true });
  const singular = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  const total = singular.reduce((sum, value) => sum + value, 0);
  const entropy = singular.reduce((sum, value) => value > 0 ? sum - value / total * Math.log(value / total) : sum, 0);
  return Math.exp(entropy);
}

/**
 * The share of rows whose partition wins the vote of their `neighbours` most similar rows of other subjects; a tie goes
 * to the partition with the greater sum of cosines. Rows of the same subject do not vote: they would be found by what
 * is particular to the subject. NaN where there is one subject only.
 */
export function neighbourAccuracy({ features, partitions, subjects }: LabelledEmbeddings, neighbours: number): number {
  const rows = partitions.length;
  requireRows(features, rows);
  const d = features.length / rows;
  let right = 0, judged = 0;
  for (let row = 0; row < rows; row++) {
    const nearest = nearestOthers(row);
    if (nearest.length === 0) continue;
    judged++;
    if (winnerOf(nearest.map(([cosine, other]) => [cosine, partitions[other]])) === partitions[row]) right++;
  }
  return judged > 0 ? right / judged : NaN;

  /** Pairs of cosine and row, most similar first. */
  function nearestOthers(row: number): [number, number][] {
    const best: [number, number][] = [];
    for (let other = 0; other < rows; other++) {
      if (subjects[other] === subjects[row]) continue;
      let cosine = 0;
      for (let i = 0; i < d; i++) cosine += features[row * d + i] * features[other * d + i];
      if (best.length === neighbours && cosine <= best[neighbours - 1][0]) continue;
      let place = best.length;
      while (place > 0 && best[place - 1][0] < cosine) place--;
      best.splice(place, 0, [cosine, other]);
      if (best.length > neighbours) best.pop();
    }
    return best;
  }
}

/** The partition with most votes. */
function winnerOf(votes: readonly (readonly [number, number])[]): number {
  const tally = new Map<number, [number, number]>();
  for (const [cosine, partition] of votes) {
    const [count, sum] = tally.get(partition) ?? [0, 0];
    tally.set(partition, [count + 1, sum + cosine]);
  }
  let winner = -1, most: [number, number] = [0, -Infinity];
  for (const [partition, tallied] of tally) {
    if (tallied[0] > most[0] || (tallied[0] === most[0] && tallied[1] > most[1])) [winner, most] = [partition, tallied];
  }
  return winner;
}

function chanceOf(partitions: Int32Array): number {
  const counts = new Map<number, number>();
  for (const partition of partitions) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  return Math.max(...counts.values()) / partitions.length;
}

function requireRows(features: Float32Array, rows: number): void {
  if (!(rows >= 2) || features.length === 0 || features.length % rows !== 0) {
    throw new RangeError(
      `health is measured on two rows or more of one length, got ${features.length} values in ${rows}`,
    );
  }
}
