// The exponential function and the logarithm, four values at a time.

import { fma } from "./_simd";

/**
 * e^x for x up to 0, to about 2 units in the last place; 0 below -87, where results are no longer normal numbers. The
 * power is split into 2^n * e^r with |r| up to log(2) / 2, and e^r is its Taylor polynomial of degree 7: the next term
 * is below 6e-9.
 */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
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
 * log(x) for finite x from 1 on, to about 2 units in the last place; x itself where it is not finite. With x = 2^n * m
 * and m from sqrt(1/2) to sqrt(2), log(m) = 2 artanh(s), s = (m - 1) / (m + 1): |s| is below 0.172, and the first term
 * left out of the series, 2 s^11 / 11, below 7e-10.
 */
// @ts-ignore: decorator
@inline
export function logarithm(x: v128): v128 {
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
