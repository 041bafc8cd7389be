/**
 * The places of the values of largest magnitude, in linear time.
 *
 * @module
 */

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
export function largestPlaces(vector: Float32Array, count: number): number[] {
  const bits = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  const upper = new Uint32Array(1 << 15);
  for (let i = 0; i < bits.length; i++) upper[magnitudeBits(bits[i]) >>> 16]++;
  const high = bucketOf(upper, count);
  const lower = new Uint32Array(1 << 16);
  for (let i = 0; i < bits.length; i++) {
    if (magnitudeBits(bits[i]) >>> 16 === high.bucket) lower[bits[i] & 0xffff]++;
  }
  const low = bucketOf(lower, high.wanted);
  const threshold = high.bucket * 65536 + low.bucket;
  const places: number[] = [];
  for (let i = 0, equals = low.wanted; i < bits.length && places.length < count; i++) {
    const magnitude = magnitudeBits(bits[i]);
    if (magnitude === 0 || magnitude < threshold) continue;
    if (magnitude > threshold || equals-- > 0) places.push(i);
  }
  return places;
}
