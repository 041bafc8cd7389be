// Softmax over the classes of each voxel, with the sums of which cross-entropy and Dice are made, and the gradient.
// Tensors are [voxels][classes], labels int32 [voxels] and below `classes`.

import { fma } from "./_simd";

/** Voxels of a strip: the kernel works on [classes][STRIP] of them at a time. */
// @ts-ignore: decorator
@inline
const STRIP: i32 = 128;
// @ts-ignore: decorator
@inline
const ROW: usize = 512; // bytes: STRIP float32

/**
 * e^x for x up to 0, to about 2 units in the last place; 0 below -87, where results are no longer normal numbers. The
 * power is split into 2^n * e^r with |r| up to log(2) / 2, and e^r is its Taylor polynomial of degree 7: the next term is
 * below 6e-9.
 */
// @ts-ignore: decorator
@inline
function exponential(x: v128): v128 {
  const bounded = f32x4.max(x, f32x4.splat(-88)); // NaN stays NaN
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.4426950408889634)));
  // log(2) in two parts, the first of so few bits that its product with n is exact
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440054690583e-4)));
  let sum = fma(r, f32x4.splat(1.0 / 5040.0), f32x4.splat(1.0 / 720.0));
  sum = fma(sum, r, f32x4.splat(1.0 / 120.0));
  sum = fma(sum, r, f32x4.splat(1.0 / 24.0));
  sum = fma(sum, r, f32x4.splat(1.0 / 6.0));
  sum = fma(sum, r, f32x4.splat(0.5));
  sum = fma(sum, r, f32x4.splat(1));
  sum = fma(sum, r, f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(sum, power), f32x4.lt(x, f32x4.splat(-87)));
}

/**
 * log(x) for finite x from 1 on, to about 2 units in the last place; x itself where it is not finite. With x = 2^n * m and
 * m from sqrt(1/2) to sqrt(2), log(m) = 2 artanh(s), s = (m - 1) / (m + 1): |s| is below 0.172, and the first term left
 * out of the series, 2 s^11 / 11, below 7e-10.
 */
// @ts-ignore: decorator
@inline
function logarithm(x: v128): v128 {
  // subtracting the bits of sqrt(1/2) makes the exponent carry where the mantissa exceeds sqrt(2)
  const half = i32x4.splat(0x3f3504f3);
  const n = i32x4.shr_s(i32x4.sub(x, half), 23);
  const m = i32x4.sub(x, i32x4.shl(n, 23));
  const one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const square = f32x4.mul(s, s);
  let sum = fma(square, f32x4.splat(2.0 / 9.0), f32x4.splat(2.0 / 7.0));
  sum = fma(sum, square, f32x4.splat(2.0 / 5.0));
  sum = fma(sum, square, f32x4.splat(2.0 / 3.0));
  sum = fma(sum, square, f32x4.splat(2));
  const result = fma(f32x4.convert_i32x4_s(n), f32x4.splat(0.6931471805599453), f32x4.mul(sum, s));
  return v128.bitselect(result, x, f32x4.lt(x, f32x4.splat(Infinity)));
}

/**
 * p: the softmax of each voxel's logits. sums: float64 [3][classes], over the voxels: of p where the class is the label,
 * of p, and of -log p where the class is the label. scratch: 512 * (classes + 2) bytes.
 */
export function softmaxSums(
  logits: usize,
  labels: usize,
  p: usize,
  voxels: i32,
  classes: i32,
  sums: usize,
  scratch: usize,
): void {
  const sumBytes = <usize> classes << 3;
  const voxelBytes = <usize> classes << 2;
  const peaks = scratch + ROW * <usize> classes;
  const logs = peaks + ROW;
  memory.fill(sums, 0, sumBytes * 3);
  for (let first = 0; first < voxels; first += STRIP) {
    const count = min(STRIP, voxels - first);
    const end = <usize> ((count + 3) & ~3) << 2;
    transpose(logits, scratch, count, classes, end);
    for (let i: usize = 0; i < end; i += 16) {
      let peak = v128.load(scratch + i);
      for (let c = 1; c < classes; c++) peak = f32x4.max(peak, v128.load(scratch + ROW * <usize> c + i));
      let total = f32x4.splat(0);
      for (let c = 0; c < classes; c++) {
        const at = scratch + ROW * <usize> c + i;
        const value = exponential(f32x4.sub(v128.load(at), peak));
        v128.store(at, value);
        total = f32x4.add(total, value);
      }
      v128.store(peaks + i, peak);
      v128.store(logs + i, logarithm(total));
      const scale = f32x4.div(f32x4.splat(1), total);
      for (let c = 0; c < classes; c++) {
        const at = scratch + ROW * <usize> c + i;
        v128.store(at, f32x4.mul(v128.load(at), scale));
      }
    }
    for (let c = 0; c < classes; c++) {
      const row = scratch + ROW * <usize> c;
      memory.fill(row + (<usize> count << 2), 0, end - (<usize> count << 2)); // what fills up the last vector
      let sum = f32x4.splat(0);
      for (let i: usize = 0; i < end; i += 16) sum = f32x4.add(sum, v128.load(row + i));
      const to = sums + sumBytes + (<usize> c << 3);
      store<f64>(
        to,
        load<f64>(to) + <f64> f32x4.extract_lane(sum, 0) + <f64> f32x4.extract_lane(sum, 1) +
          <f64> f32x4.extract_lane(sum, 2) + <f64> f32x4.extract_lane(sum, 3),
      );
    }
    for (let v: usize = 0; v < <usize> count; v++) {
      const label = <usize> load<i32>(labels + (v << 2));
      const to = sums + (label << 3);
      store<f64>(to, load<f64>(to) + <f64> load<f32>(scratch + ROW * label + (v << 2)));
      const below = <f64> load<f32>(peaks + (v << 2)) - <f64> load<f32>(logits + v * voxelBytes + (label << 2));
      store<f64>(to + sumBytes * 2, load<f64>(to + sumBytes * 2) + below + <f64> load<f32>(logs + (v << 2)));
    }
    for (let v: usize = 0; v < <usize> count; v++) {
      for (let c: usize = 0; c < <usize> classes; c++) {
        store<f32>(p + (c << 2), load<f32>(scratch + ROW * c + (v << 2)));
      }
      p += voxelBytes;
    }
    logits += voxelBytes * <usize> count;
    labels += <usize> count << 2;
  }
}

/** to: [classes][STRIP] of the `count` voxels at x, filled up with zeros to `end` bytes a row. */
// @ts-ignore: decorator
@inline
function transpose(x: usize, to: usize, count: i32, classes: i32, end: usize): void {
  for (let c: usize = 0; c < <usize> classes; c++) {
    const row = to + ROW * c;
    let from = x + (c << 2);
    for (let v: usize = 0; v < <usize> count; v++) {
      store<f32>(row + (v << 2), load<f32>(from));
      from += <usize> classes << 2;
    }
    memory.fill(row + (<usize> count << 2), 0, end - (<usize> count << 2));
  }
}

/**
 * dx = p_c (a_c - s) - [c is the label y] (p_y b_y + w_y), with s = sum over c of p_c a_c - p_y b_y - w_y.
 *
 * @param factors float32 [3][classes]: a, b, w
 */
export function softmaxGradient(
  p: usize,
  labels: usize,
  dx: usize,
  voxels: i32,
  classes: i32,
  factors: usize,
): void {
  const voxelBytes = <usize> classes << 2;
  for (let voxel = 0; voxel < voxels; voxel++) {
    const y = <usize> load<i32>(labels) << 2;
    const own = load<f32>(p + y) * load<f32>(factors + voxelBytes + y) + load<f32>(factors + voxelBytes * 2 + y);
    let sum = -own;
    for (let c: usize = 0; c < voxelBytes; c += 4) sum += load<f32>(p + c) * load<f32>(factors + c);
    for (let c: usize = 0; c < voxelBytes; c += 4) {
      store<f32>(dx + c, load<f32>(p + c) * (load<f32>(factors + c) - sum));
    }
    store<f32>(dx + y, load<f32>(dx + y) - own);
    p += voxelBytes;
    dx += voxelBytes;
    labels += 4;
  }
}
