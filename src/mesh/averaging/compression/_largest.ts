/**
 * The places of the values of largest magnitude, in linear time.
 *
 * @module
 */

import { type Sliced, slices } from "../../../core/slices.ts";

/** The bits of |x| grow with |x|, so they can be counted by their upper and then by their lower half. */
const magnitudeBits = (bits: number) => bits & 0x7fffffff;

/** The bucket in which the `wanted`-th largest lies, and how many are still wanted from it. */
function bucketOf(counts: Uint32Array, wanted: number): { bucket: number; wanted: number } {
  let bucket = counts.length - 1;
  while (bucket > 0 && counts[bucket] < wanted) wanted -= counts[bucket--];
  return { bucket, wanted };
}

/**
 * The places of the `count` values of `vector` of largest magnitude, ascending; of equals the first; never of a zero.
 */
export function* largestPlaces(vector: Float32Array, count: number): Sliced<number[]> {
  const bits = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  const upper = new Uint32Array(1 << 15);
  const countUpper = (from: number, to: number) => {
    for (let i = from; i < to; i++) upper[magnitudeBits(bits[i]) >>> 16]++;
  };
  yield* throughout(bits, countUpper);
  const high = bucketOf(upper, count);
  const lower = new Uint32Array(1 << 16);
  const countLower = (from: number, to: number) => {
    for (let i = from; i < to; i++) if (magnitudeBits(bits[i]) >>> 16 === high.bucket) lower[bits[i] & 0xffff]++;
  };
  yield* throughout(bits, countLower);
  const low = bucketOf(lower, high.wanted);
  const threshold = high.bucket * 65536 + low.bucket;
  const places: number[] = [];
  let equals = low.wanted;
  const take = (from: number, to: number) => {
    for (let i = from; i < to && places.length < count; i++) {
      const magnitude = magnitudeBits(bits[i]);
      if (magnitude === 0 || magnitude < threshold) continue;
      if (magnitude > threshold || equals-- > 0) places.push(i);
    }
  };
  yield* throughout(bits, take);
  return places;
}

function* throughout({ length }: Uint32Array, work: (from: number, to: number) => void): Sliced<void> {
  for (const [from, to] of slices(length)) {
    work(from, to);
    yield;
  }
}
