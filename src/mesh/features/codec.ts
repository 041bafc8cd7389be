/**
 * Features as bytes, and what a remote's features must be to be taken.
 *
 * `n` (u32), `d` (u32), little-endian; then n·d float32, row by row; then n int32.
 *
 * @module
 */
import { concat } from "@std/bytes/concat";
import { allFinite } from "../../core/vectors.ts";
import { type Bytes, bytesOf } from "../../core/bytes.ts";

/** Embeddings of one round: n rows of d values, each of unit L2 norm, and the partition of each row. */
export interface Features {
  round: number;
  /** [n, d], row-major. */
  features: Float32Array;
  /** [n], from 0. */
  partitions: Int32Array;
}

/** What features must satisfy. */
export interface FeatureLimits {
  /** Largest n. @default 65536 */
  maxCount?: number;
  /** Largest d. @default 4096 */
  maxWidth?: number;
  /** Partitions are below this. @default 65536 */
  maxPartitions?: number;
  /** Largest | ‖row‖ - 1 |. @default 0.001 */
  normTolerance?: number;
}

/**
 * Checks shape, finiteness, unit norms and partition numbers.
 *
 * @throws {RangeError} naming the rule and the value.
 */
export function checkFeatures(
  { features, partitions }: Features,
  limits: FeatureLimits = {},
): { n: number; d: number } {
  const { maxCount = 65536, maxWidth = 4096, maxPartitions = 65536, normTolerance = 1e-3 } = limits;
  const n = partitions.length;
  const d = features.length / n;
  if (!(n >= 1 && n <= maxCount)) throw new RangeError(`features must have 1 to ${maxCount} rows, got ${n}`);
  if (!Number.isInteger(d) || !(d >= 1 && d <= maxWidth)) {
    throw new RangeError(
      `features must have rows of 1 to ${maxWidth} values, got ${features.length} values in ${n} rows`,
    );
  }
  if (!allFinite(features)) throw new RangeError("features must be finite");
  for (let row = 0; row < n; row++) {
    let square = 0;
    for (let k = row * d; k < (row + 1) * d; k++) square += features[k] ** 2;
    if (Math.abs(Math.sqrt(square) - 1) > normTolerance) {
      throw new RangeError(`features must have rows of norm 1, got ${Math.sqrt(square)} in row ${row}`);
    }
    if (!(partitions[row] >= 0 && partitions[row] < maxPartitions)) {
      throw new RangeError(`a partition must be from 0 to ${maxPartitions - 1}, got ${partitions[row]} in row ${row}`);
    }
  }
  return { n, d };
}

/** Bytes of checked features. */
export function encodeFeatures(value: Features, limits: FeatureLimits = {}): Bytes {
  const { n, d } = checkFeatures(value, limits);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, n, true);
  new DataView(head.buffer).setUint32(4, d, true);
  return concat([head, bytesOf(value.features), bytesOf(value.partitions)]);
}

/**
 * The inverse of {@linkcode encodeFeatures}; sizes are checked before anything is allocated, then the values.
 *
 * @throws {RangeError} naming the rule and the value.
 */
export function decodeFeatures(bytes: Uint8Array, round: number, limits: FeatureLimits = {}): Features {
  const { maxCount = 65536, maxWidth = 4096 } = limits;
  if (bytes.length < 8) throw new RangeError(`features must be at least 8 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const n = view.getUint32(0, true);
  const d = view.getUint32(4, true);
  if (n > maxCount || d > maxWidth || bytes.length !== 8 + 4 * n * (d + 1)) {
    throw new RangeError(`features of ${n} rows of ${d} values do not make ${bytes.length} bytes`);
  }
  const body = bytes.slice(8).buffer;
  const value = { round, features: new Float32Array(body, 0, n * d), partitions: new Int32Array(body, 4 * n * d, n) };
  checkFeatures(value, limits);
  return value;
}
