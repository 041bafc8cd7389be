// Sums over a block of neighbouring axes: x is [outer][length][inner], and [length][inner] in sumStrips.

import { addLanes } from "./_simd";

/** Values that are added in float32 before they go into a float64 sum. */
// @ts-ignore: decorator
@inline
const STRIP: i32 = 128;

/** sums: of each place of inner over length, in float64. */
export function sumStrips(x: usize, length: i32, inner: i32, sums: usize): void {
  if (inner == 1) {
    store<f64>(sums, sumRow(x, length));
    return;
  }
  const step = <usize> inner << 2;
  const vectors = inner & ~3;
  memory.fill(sums, 0, <usize> inner << 3);
  for (let first = 0; first < length; first += STRIP) {
    const end = x + step * <usize> min(STRIP, length - first);
    for (let i = 0; i < vectors; i += 4) {
      let sum = f32x4.splat(0);
      for (let p = x + (<usize> i << 2); p < end; p += step) sum = f32x4.add(sum, v128.load(p));
      addLanes(sums + (<usize> i << 3), 8, sum);
    }
    for (let i = vectors; i < inner; i++) {
      let sum = load<f64>(sums + (<usize> i << 3));
      for (let p = x + (<usize> i << 2); p < end; p += step) sum += <f64> load<f32>(p);
      store<f64>(sums + (<usize> i << 3), sum);
    }
    x = end;
  }
}

/** y[outer][inner] = scale * the sum over length; sums: float64 [inner] of scratch. */
export function sumMiddle(
  x: usize,
  y: usize,
  outer: i32,
  length: i32,
  inner: i32,
  scale: f64,
  sums: usize,
): void {
  for (let o = 0; o < outer; o++) {
    sumStrips(x, length, inner, sums);
    for (let i = 0; i < inner; i++) {
      store<f32>(y, <f32> (load<f64>(sums + (<usize> i << 3)) * scale));
      y += 4;
    }
    x += (<usize> length * <usize> inner) << 2;
  }
}

function sumRow(x: usize, length: i32): f64 {
  let total: f64 = 0;
  const end = x + (<usize> length << 2);
  while (x + (STRIP << 4) <= end) {
    let sum = f32x4.splat(0);
    for (let i = 0; i < STRIP; i++) {
      sum = f32x4.add(sum, v128.load(x));
      x += 16;
    }
    total += <f64> f32x4.extract_lane(sum, 0) + <f64> f32x4.extract_lane(sum, 1) +
      <f64> f32x4.extract_lane(sum, 2) + <f64> f32x4.extract_lane(sum, 3);
  }
  while (x < end) {
    total += <f64> load<f32>(x);
    x += 4;
  }
  return total;
}
