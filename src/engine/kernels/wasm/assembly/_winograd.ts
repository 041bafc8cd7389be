// The one-dimensional transforms of Winograd's F(4, 3): four outputs of a three-tap filter from six inputs and six
// multiplications (Winograd 1980; Lavin and Gray, arXiv 1509.09308, section 4.3). The points are 0, +-a, +-b and
// infinity with a = sqrt(1/2) and b = sqrt(2), which lose less of float32 than the usual 0, +-1, +-2 (error analysis:
// Barabasz et al., arXiv 1803.10986). With d six inputs, g three taps and m six products:
//
//   y = At [(G g) * (Bt d)]                       the convolution
//   dg = Gt [(A dy) * (Bt d)]                     the gradient of the taps
//
// Each function stores what it computes `step` bytes apart.

import { fma } from "./_simd";

/** Values of a tile, and of what it is computed from. */
// @ts-ignore: decorator
@inline
export const OUTPUTS: i32 = 4;
// @ts-ignore: decorator
@inline
export const POINTS: i32 = 6;

// @ts-ignore: decorator
@inline
const A: f32 = 0.70710678118654752;
// @ts-ignore: decorator
@inline
const B: f32 = 1.4142135623730950;
// @ts-ignore: decorator
@inline
const A_CUBED: f32 = 0.35355339059327376;
// @ts-ignore: decorator
@inline
const B_CUBED: f32 = 2.8284271247461901;

/** Bt d. */
// @ts-ignore: decorator
@inline
export function spreadInput(
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
  to: usize,
  step: usize,
): void {
  v128.store(to, fma(d2, f32x4.splat(-2.5), f32x4.add(d0, d4)));
  let even = fma(d2, f32x4.splat(-2), d4);
  let odd = f32x4.mul(fma(d1, f32x4.splat(-2), d3), f32x4.splat(A));
  v128.store(to + step, f32x4.add(even, odd));
  v128.store(to + step * 2, f32x4.sub(even, odd));
  even = fma(d2, f32x4.splat(-0.5), d4);
  odd = f32x4.mul(fma(d1, f32x4.splat(-0.5), d3), f32x4.splat(B));
  v128.store(to + step * 3, f32x4.add(even, odd));
  v128.store(to + step * 4, f32x4.sub(even, odd));
  v128.store(to + step * 5, fma(d3, f32x4.splat(-2.5), f32x4.add(d1, d5)));
}

/** The first `count` (1 to 4) values of At m. */
// @ts-ignore: decorator
@inline
export function gatherOutput(
  m0: v128,
  m1: v128,
  m2: v128,
  m3: v128,
  m4: v128,
  m5: v128,
  to: usize,
  step: usize,
  count: i32,
): void {
  const sumA = f32x4.add(m1, m2);
  const sumB = f32x4.add(m3, m4);
  v128.store(to, f32x4.add(m0, f32x4.add(sumA, sumB)));
  if (count == 1) return;
  const differenceA = f32x4.sub(m1, m2);
  const differenceB = f32x4.sub(m3, m4);
  v128.store(to + step, fma(differenceA, f32x4.splat(A), f32x4.mul(differenceB, f32x4.splat(B))));
  if (count == 2) return;
  v128.store(to + step * 2, fma(sumA, f32x4.splat(0.5), f32x4.add(sumB, sumB)));
  if (count == 3) return;
  v128.store(
    to + step * 3,
    fma(differenceA, f32x4.splat(A_CUBED), fma(differenceB, f32x4.splat(B_CUBED), m5)),
  );
}

/** A dy. */
// @ts-ignore: decorator
@inline
export function spreadOutputGradient(e0: v128, e1: v128, e2: v128, e3: v128, to: usize, step: usize): void {
  v128.store(to, e0);
  let even = fma(e2, f32x4.splat(0.5), e0);
  let odd = fma(e3, f32x4.splat(A_CUBED), f32x4.mul(e1, f32x4.splat(A)));
  v128.store(to + step, f32x4.add(even, odd));
  v128.store(to + step * 2, f32x4.sub(even, odd));
  even = f32x4.add(f32x4.add(e2, e2), e0);
  odd = fma(e3, f32x4.splat(B_CUBED), f32x4.mul(e1, f32x4.splat(B)));
  v128.store(to + step * 3, f32x4.add(even, odd));
  v128.store(to + step * 4, f32x4.sub(even, odd));
  v128.store(to + step * 5, e3);
}

/** G g. */
// @ts-ignore: decorator
@inline
export function spreadFilter(g0: v128, g1: v128, g2: v128, to: usize, step: usize): void {
  v128.store(to, g0);
  let even = f32x4.mul(fma(g2, f32x4.splat(0.5), g0), f32x4.splat(-2.0 / 3.0));
  let odd = f32x4.mul(g1, f32x4.splat(<f32> (-2.0 / 3.0 * 0.70710678118654752)));
  v128.store(to + step, f32x4.add(even, odd));
  v128.store(to + step * 2, f32x4.sub(even, odd));
  even = f32x4.mul(fma(g2, f32x4.splat(2), g0), f32x4.splat(1.0 / 6.0));
  odd = f32x4.mul(g1, f32x4.splat(<f32> (1.4142135623730950 / 6.0)));
  v128.store(to + step * 3, f32x4.add(even, odd));
  v128.store(to + step * 4, f32x4.sub(even, odd));
  v128.store(to + step * 5, g2);
}

/** Gt u. */
// @ts-ignore: decorator
@inline
export function gatherFilterGradient(
  u0: v128,
  u1: v128,
  u2: v128,
  u3: v128,
  u4: v128,
  u5: v128,
  to: usize,
  step: usize,
): void {
  const sumA = f32x4.mul(f32x4.add(u1, u2), f32x4.splat(-1.0 / 3.0));
  const sumB = f32x4.mul(f32x4.add(u3, u4), f32x4.splat(1.0 / 3.0));
  v128.store(to, fma(sumB, f32x4.splat(0.5), f32x4.add(u0, f32x4.add(sumA, sumA))));
  v128.store(
    to + step,
    fma(
      f32x4.sub(u1, u2),
      f32x4.splat(<f32> (-2.0 / 3.0 * 0.70710678118654752)),
      f32x4.mul(f32x4.sub(u3, u4), f32x4.splat(<f32> (1.4142135623730950 / 6.0))),
    ),
  );
  v128.store(to + step * 2, f32x4.add(f32x4.add(sumA, sumB), u5));
}
