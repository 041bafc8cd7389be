/**
 * Features as bytes; what comes from a remote is checked before it is taken.
 *
 * `n` (u32), `d` (u32), little-endian; then n·d float32, row by row; then n int32.
 *
 * @module
 */
import { concat } from "@std/bytes/concat";
import { type Bytes, bytesOf } from "../../core/bytes.ts";
import { checkFeatures, FEATURE_LIMITS, type FeatureLimits, type RoundFeatures } from "../../core/features.ts";

/** Bytes of checked features. */
export function encodeFeatures(value: RoundFeatures, limits: FeatureLimits = {}): Bytes {
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
export function decodeFeatures(bytes: Uint8Array, round: number, limits: FeatureLimits = {}): RoundFeatures {
  const { maxCount, maxWidth } = { ...FEATURE_LIMITS, ...limits };
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
