/**
 * Vectors as integers modulo 2^32, so that masks cancel without a trace and a sum has the same bits in whatever order it
 * is made.
 *
 * A member brings w·x with its weight w, and all weights sum to 1. With |x| ≤ 2^e at every member, no value of the sum
 * is beyond 2^e, so values are counted in units of 2^(e − 30): one bit is left for what rounding adds. Of n members the
 * sum is off by n/2 units at most, 4.7e-10·n of the range.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { addTo, fromRing, rangeOf, toRing } from "./ring.ts";
 *
 * const [a, b] = [Float32Array.of(1, -3), Float32Array.of(2, 0)];
 * const range = Math.max(rangeOf(a), rangeOf(b)); // 2^2 is at least 3
 * const sum = toRing(a, { weight: 0.5, range });
 * addTo(sum, toRing(b, { weight: 0.5, range }));
 * assertEquals(fromRing(sum, range), Float32Array.of(1.5, -1.5));
 * ```
 *
 * @module
 */

/** A vector of integers modulo 2^32. */
export type Ring = Uint32Array<ArrayBuffer>;

/** The smallest and the largest exponent that a range may have. */
export const RANGES = Object.freeze({ least: 0, most: 40 });

/** Bits of a value below its sign and the one that rounding may need. */
const BITS = 30;

/**
 * e, of the smallest power of two that no value is beyond.
 *
 * @throws {RangeError} if a value is beyond 2^{@linkcode RANGES}.most.
 */
export function rangeOf(vector: Float32Array): number {
  let most = 0;
  for (let i = 0; i < vector.length; i++) most = Math.max(most, Math.abs(vector[i]));
  let range = RANGES.least;
  while (range <= RANGES.most && 2 ** range < most) range++;
  if (range > RANGES.most) throw new RangeError(`a weight must be within ±2^${RANGES.most}, got ${most}`);
  return range;
}

/**
 * weight·vector in units of 2^(range − 30), rounded to the nearest.
 *
 * @param options.weight the member's share of all, above 0 and at most 1.
 * @throws {RangeError} if a value is beyond the range.
 */
export function toRing(vector: Float32Array, { weight, range }: { weight: number; range: number }): Ring {
  const scale = weight * 2 ** (BITS - range), limit = 2 ** BITS;
  const whole = new Int32Array(vector.length);
  for (let i = 0; i < vector.length; i++) {
    const value = Math.round(scale * vector[i]);
    if (!(Math.abs(value) <= limit)) throw new RangeError(`a weight must be within ±2^${range}, got ${vector[i]}`);
    whole[i] = value;
  }
  return new Uint32Array(whole.buffer);
}

/** What a sum in units of 2^(range − 30) is. */
export function fromRing(sum: Ring, range: number): Float32Array<ArrayBuffer> {
  const unit = 2 ** (range - BITS);
  return Float32Array.from(new Int32Array(sum.buffer, sum.byteOffset, sum.length), (value) => value * unit);
}

/** sum += part. @throws {RangeError} if their lengths differ. */
export function addTo(sum: Ring, part: Ring): void {
  requireEqual(sum, part);
  for (let i = 0; i < sum.length; i++) sum[i] += part[i];
}

/** sum −= part. @throws {RangeError} if their lengths differ. */
export function takeFrom(sum: Ring, part: Ring): void {
  requireEqual(sum, part);
  for (let i = 0; i < sum.length; i++) sum[i] -= part[i];
}

function requireEqual(sum: Ring, part: Ring): void {
  if (sum.length !== part.length) throw new RangeError(`a part must hold ${sum.length} values, got ${part.length}`);
}

/** The bytes of a ring vector, without a copy. */
export function bytesOfRing(values: Ring): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A ring vector of `values` values from its bytes. @throws {RangeError} if there is another number of them. */
export function ringOfBytes(bytes: Uint8Array<ArrayBuffer>, values: number): Ring {
  if (bytes.length !== 4 * values) throw new RangeError(`a part must be ${4 * values} bytes, got ${bytes.length}`);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, values);
}
