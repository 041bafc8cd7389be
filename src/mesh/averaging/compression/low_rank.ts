/**
 * Matrix-shaped parts of the layout as M ≈ P·Qᵀ of rank 2, by the power iteration of PowerGossip (Vogels, Karimireddy,
 * Jaggi 2020, "Practical low-rank communication compression in decentralized deep learning"): P = orthonormal(M·Q), Q =
 * Mᵀ·P, beginning with the Q of the last time. PowerGossip iterates on the difference of two neighbours' matrices,
 * which takes two messages; here M is the difference to what the neighbour has already, which takes one. Since P·Qᵀ =
 * P·Pᵀ·M is a projection of M, what is left is never larger.
 *
 * The body: P (rows × rank) and Q (columns × rank), row-major, for every part for which that is smaller; then all other
 * values; float32.
 *
 * @module
 */
import { UserError } from "../../../core/errors.ts";
import { Rng } from "../../../core/rng.ts";
import { bytesOf } from "../../../core/bytes.ts";
import {
  allocate,
  bodyOf,
  checkDecoded,
  checkingInput,
  codecInSlices,
  type Compressor,
  HEADER_BYTES,
  type MatrixPart,
  type VectorLayout,
} from "./compressor.ts";

const CODE = 5;
const RANK = 2;

/** result[i, r] = Σ_j M[i, j]·right[j, r]. */
function times(matrix: Float32Array, { rows, columns }: MatrixPart, right: Float64Array): Float64Array {
  const result = new Float64Array(rows * RANK);
  for (let i = 0; i < rows; i++) {
    for (let r = 0; r < RANK; r++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += matrix[i * columns + j] * right[j * RANK + r];
      result[i * RANK + r] = sum;
    }
  }
  return result;
}

/** result[j, r] = Σ_i M[i, j]·left[i, r]. */
function transposedTimes(matrix: Float32Array, { rows, columns }: MatrixPart, left: Float32Array): Float64Array {
  const sums = new Float64Array(columns * RANK);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let r = 0; r < RANK; r++) sums[j * RANK + r] += matrix[i * columns + j] * left[i * RANK + r];
    }
  }
  return sums;
}

/** Makes the columns orthonormal (modified Gram-Schmidt); one that depends on those before it becomes zero. */
function orthonormalise(columns: Float64Array): void {
  const rows = columns.length / RANK;
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += columns[i * RANK + a] * columns[i * RANK + b];
    return sum;
  };
  for (let r = 0; r < RANK; r++) {
    const before = Math.sqrt(dot(r, r));
    for (let earlier = 0; earlier < r; earlier++) {
      const share = dot(r, earlier);
      for (let i = 0; i < rows; i++) columns[i * RANK + r] -= share * columns[i * RANK + earlier];
    }
    const norm = Math.sqrt(dot(r, r));
    const scale = norm > 1e-6 * before ? 1 / norm : 0;
    for (let i = 0; i < rows; i++) columns[i * RANK + r] *= scale;
  }
}

/**
 * Q to begin with the next time: unit columns; for a column of zeros, which would find nothing ever after, the one of
 * before.
 */
function renew(warm: Float64Array, q: Float64Array): void {
  for (let r = 0; r < RANK; r++) {
    let square = 0;
    for (let j = r; j < q.length; j += RANK) square += q[j] ** 2;
    if (square > 0) { for (let j = r; j < q.length; j += RANK) warm[j] = q[j] / Math.sqrt(square); }
  }
}

/** M = P·Qᵀ, written to `matrix`. */
function expand(p: Float32Array, q: Float32Array, { rows, columns }: MatrixPart, matrix: Float32Array): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let r = 0; r < RANK; r++) sum += p[i * RANK + r] * q[j * RANK + r];
      matrix[i * columns + j] = sum;
    }
  }
}

/** The parts that are sent as factors, and the stretches between them that are sent as they are. */
function divide({ values, matrices }: VectorLayout) {
  const parts = matrices.filter(({ rows, columns }) => RANK * (rows + columns) < rows * columns);
  if (parts.length === 0) {
    throw new UserError(`choosing a compressor: low-rank needs a layout with a matrix larger than rank ${RANK}`);
  }
  const stretches: { from: number; to: number }[] = [];
  let from = 0;
  for (const { offset, rows, columns } of parts) {
    if (offset > from) stretches.push({ from, to: offset });
    from = offset + rows * columns;
  }
  if (from < values) stretches.push({ from, to: values });
  const floats = parts.reduce((sum, { rows, columns }) => sum + RANK * (rows + columns), 0) +
    stretches.reduce((sum, { from, to }) => sum + to - from, 0);
  return { parts, stretches, floats };
}

/** Rank 2; the encoder keeps Q of each part, the decoder nothing. */
export const lowRank: Compressor = {
  name: "low-rank",
  code: CODE,
  lossless: false,
  partial: true,
  open(layout) {
    const { values } = layout;
    const { parts, stretches, floats } = divide(layout);
    const warm = parts.map(({ columns }, part) => {
      const rng = new Rng(part).fork("low-rank");
      return Float64Array.from({ length: columns * RANK }, () => rng.normal());
    });
    return codecInSlices({
      *encoding(vector) {
        yield* checkingInput(vector, values);
        const body = new Float32Array(floats);
        let at = 0;
        const put = (part: Float32Array) => {
          body.set(part, at);
          at += part.length;
        };
        for (const [k, part] of parts.entries()) {
          const matrix = vector.subarray(part.offset, part.offset + part.rows * part.columns);
          const product = times(matrix, part, warm[k]);
          yield;
          orthonormalise(product);
          const p = Float32Array.from(product);
          const q = transposedTimes(matrix, part, p);
          yield;
          put(p);
          put(Float32Array.from(q));
          renew(warm[k], q);
        }
        for (const { from, to } of stretches) put(vector.subarray(from, to));
        const bytes = allocate(CODE, values, 4 * floats);
        bytes.set(bytesOf(body), HEADER_BYTES);
        return bytes;
      },
      *decoding(bytes) {
        const body = new Float32Array(bodyOf(bytes, { code: CODE, values, least: 4 * floats }).buffer);
        const vector = new Float32Array(values);
        let at = 0;
        const take = (length: number) => body.subarray(at, at += length);
        for (const part of parts) {
          const p = take(part.rows * RANK);
          const q = take(part.columns * RANK);
          expand(p, q, part, vector.subarray(part.offset, part.offset + part.rows * part.columns));
          yield;
        }
        for (const { from, to } of stretches) vector.set(take(to - from), from);
        return checkDecoded(vector);
      },
    });
  },
};
