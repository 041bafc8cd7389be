/**
 * What can be made of an update, the difference that a round of training makes to the weights: pure, over vectors.
 *
 * Membership: the attacker trains a few steps on the volume in question alone, from the same weights, and looks how far
 * the update that it sees points the same way (gradient alignment, as in Nasr et al. 2019, "Comprehensive privacy
 * analysis of deep learning", arXiv 1812.00910). What updates of all its own volumes have in common is taken off before.
 *
 * Inversion: the attacker makes updates of its own volumes as the sites do, and learns by ridge regression what volumes
 * an update was made of (learning to invert, Wu et al. 2023, arXiv 2210.10880).
 *
 * @module
 */
import { ridge } from "./_ridge.ts";

/** a·b in double precision. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Value by value. */
export function meanVector(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < mean.length; i++) mean[i] += vector[i] / vectors.length;
  return Float32Array.from(mean);
}

/** `vector` without its part along `common`, of length 1; as it is where nothing is left. */
export function without(vector: Float32Array, common: Float32Array): Float32Array {
  const share = dot(vector, common) / (dot(common, common) || 1);
  const rest = vector.map((value, i) => value - share * common[i]);
  const length = Math.sqrt(dot(rest, rest));
  return length > 0 ? rest.map((value) => value / length) : rest;
}

/** How far `seen` points where each candidate's update points: cosines of directions, see {@linkcode without}. */
export function alignments(seen: Float32Array, candidates: readonly Float32Array[]): number[] {
  return candidates.map((candidate) => dot(seen, candidate));
}

/** Updates whose volumes the attacker knows. */
export interface Known {
  readonly updates: readonly Float32Array[];
  /** What each was made of: [values] each. */
  readonly targets: readonly Float32Array[];
  /** What all have in common. */
  readonly common: Float32Array;
}

/** Share of the known updates on which the penalty is chosen. */
const CHECK = 0.25;

/** What each of `seen`, as directions, was made of, by ridge regression on an update's products with the known ones. */
export async function invertUpdates(seen: readonly Float32Array[], known: Known): Promise<Float32Array[]> {
  const { updates, targets, common } = known;
  const directions = updates.map((update) => without(update, common));
  const first = Math.round(CHECK * updates.length);
  const fitted = directions.slice(first);
  const products = (direction: Float32Array) => Float32Array.from(fitted, (other) => dot(direction, other));
  const inputs = directions.map(products); // [known, fitted]
  const [centre, middle] = [meanVector(inputs.slice(first)), meanVector(targets.slice(first))];
  const less = (vector: Float32Array, by: Float32Array) => vector.map((value, i) => value - by[i]);
  const sample = (from: number, to: number) => ({
    rows: to - from,
    x: stack(inputs.slice(from, to).map((row) => less(row, centre))),
    y: stack(targets.slice(from, to).map((row) => less(row, middle))),
  });
  const asked = stack(seen.map((update) => less(products(update), centre)));
  const values = await ridge(sample(first, updates.length), sample(0, first), asked);
  return seen.map((_, row) => middle.map((value, i) => value + values[row * middle.length + i]));
}

function stack(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  rows.reduce((at, row) => (all.set(row, at), at + row.length), 0);
  return all;
}
