/**
 * The contrastive loss of FCL (arXiv 2204.10983, equations 1 and 2), batched over the queries.
 *
 * For a query q with positives P and the sampled memory bank Q',
 *
 *     l(q, P, Q') = -1/|P| * sum over k+ in P of log[ exp(q.k+/t) / ( exp(q.k+/t) + sum over n in Q' of exp(q.n/t) ) ]
 *     L_q = l(q, Lambda(q), Q') + l(q, P(q), Q')
 *
 * where P(q) are the local positives (other views, same partition) and Lambda(q) the remote ones (the entries of Q'
 * that came from other sites and have q's partition). With s = q.k+/t and E = log sum over n in Q' of exp(q.n/t) a
 * summand is softplus(E - s), which neither over- nor underflows. An empty P makes its term vanish.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { contrastLoss } from "../engine/ops/contrast_loss.ts";
import type { Scalar, Tensor, Tensor2D } from "../engine/tensors.ts";

/** What a row is, as far as the loss cares: where in the body, and from which view of which volume. */
export interface RowLabels {
  /** [rows], the partition of each row. */
  readonly partitions: Int32Array;
  /** [rows], the index of the volume in the batch. */
  readonly volumes: Int32Array;
  /** [rows], the index of the view of that volume. */
  readonly views: Int32Array;
}

/** The entries Q' drawn from the memory bank. */
export interface BankLabels {
  /** [K] */
  readonly partitions: Int32Array;
  /** [K], 1 where the entry came from another site. */
  readonly remote: Uint8Array;
}

/** How positives and denominators are chosen. */
export interface MaskOptions {
  /** Leave entries of q's own partition out of the denominator (the paper's text does not). @default true */
  maskedDenominator?: boolean;
  /** Local positives: the other views of the same volume, or every local volume. @default "volumes" */
  localPositives?: "views" | "volumes";
  /** Lambda: remote entries only (the paper), every entry of Q', or none (no structural matching). @default "remote" */
  structuralMatching?: "remote" | "bank" | "none";
  /** Count the batch's own keys among the negatives. @default true */
  batchNegatives?: boolean;
}

/** Makes a logit vanish from a denominator; large, and finite in float32. */
export const LEFT_OUT = -1e9;

/** Constant [rows, columns] matrices, row-major; the columns are the batch's keys, then Q'. */
export interface LossMasks {
  /** Queries. */
  readonly rows: number;
  /** Keys. */
  readonly columns: number;
  /** The weight of each summand of L_q: 1/|P(q)| over P(q), 1/|Lambda(q)| over Lambda(q), 0 elsewhere. */
  readonly weights: Float32Array;
  /** Added to the logits for the denominator: 0 where it sums the column, {@linkcode LEFT_OUT} elsewhere. */
  readonly penalties: Float32Array;
}

/**
 * Positives and denominators of every query.
 *
 * A key of the query's own view of its own volume is neither: it would be a trivial match. A key that is a local
 * positive is not a negative as well.
 */
export function lossMasks(queries: RowLabels, keys: RowLabels, bank: BankLabels, options: MaskOptions = {}): LossMasks {
  const {
    maskedDenominator = true,
    localPositives = "volumes",
    structuralMatching = "remote",
    batchNegatives = true,
  } = options;
  const rows = queries.partitions.length;
  const local = keys.partitions.length;
  const columns = local + bank.partitions.length;
  const weights = new Float32Array(rows * columns);
  const penalties = new Float32Array(rows * columns).fill(LEFT_OUT);
  const matches: number[] = []; // columns of the row at hand
  for (let q = 0; q < rows; q++) {
    const partition = queries.partitions[q];
    const weightsOfRow = weights.subarray(q * columns, (q + 1) * columns);
    const penaltiesOfRow = penalties.subarray(q * columns, (q + 1) * columns);
    for (let k = 0; k < local; k++) {
      const sameVolume = keys.volumes[k] === queries.volumes[q];
      if (sameVolume && keys.views[k] === queries.views[q]) continue;
      const samePartition = keys.partitions[k] === partition;
      if (samePartition && (sameVolume || localPositives === "volumes")) matches.push(k);
      else if (batchNegatives && !(maskedDenominator && samePartition)) penaltiesOfRow[k] = 0;
    }
    shareOut(weightsOfRow, matches);
    for (let n = 0; n < bank.partitions.length; n++) {
      const samePartition = bank.partitions[n] === partition;
      if (
        samePartition && (structuralMatching === "bank" || (structuralMatching === "remote" && bank.remote[n] === 1))
      ) {
        matches.push(local + n);
      }
      if (!(maskedDenominator && samePartition)) penaltiesOfRow[local + n] = 0;
    }
    shareOut(weightsOfRow, matches);
  }
  return { rows, columns, weights, penalties };
}

/** Gives each of the columns in P the weight 1/|P|, and empties P. */
function shareOut(weights: Float32Array, columns: number[]): void {
  for (const column of columns) weights[column] = 1 / columns.length;
  columns.length = 0;
}

/**
 * The logits q.n/t, [queries, candidates], of L2-normalised rows. Candidates are constants: no gradient reaches them.
 *
 * Written so that neither direction multiplies by a transposed matrix, for which tfjs's wasm backend has a slow loop
 * only.
 */
export function similarityLogits(queries: Tensor2D, candidates: Tensor2D, temperature: number): Tensor2D {
  const transposed = candidates.div(temperature).transpose<Tensor2D>(); // [dimension, candidates]
  const logits = tf.customGrad((...args: unknown[]) => {
    const [rows] = args as [Tensor2D];
    return {
      value: rows.matMul(transposed) as Tensor2D, // [queries, candidates]
      gradFunc: (dy: Tensor) => (dy as Tensor2D).matMul(candidates).div(temperature), // [queries, dimension]
    };
  });
  return logits(queries) as Tensor2D;
}

/**
 * The mean over the queries of L_q, from logits and constant masks.
 *
 * @param logits [queries, candidates], q.n/t.
 * @param weights [queries, candidates], the weight of each summand; see {@linkcode LossMasks}.
 * @param penalties [queries, candidates], 0 where the candidate is in q's Q', {@linkcode LEFT_OUT} elsewhere.
 */
export function contrastiveLoss(logits: Tensor2D, weights: Tensor2D, penalties: Tensor2D): Scalar {
  return contrastLoss(logits, weights, penalties);
}
