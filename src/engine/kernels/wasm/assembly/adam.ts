// One Adam step with decoupled weight decay, over `length` values.

/**
 * first and second: the running moments, updated in place; y: the new weights, w * keep - rate * m / (sqrt(v) +
 * epsilon), where the caller has put the bias corrections into rate and epsilon; `scale` multiplies the gradient
 * (clipping).
 */
export function adam(
  w: usize,
  gradient: usize,
  first: usize,
  second: usize,
  y: usize,
  length: i32,
  scale: f32,
  beta1: f32,
  beta2: f32,
  rate: f32,
  epsilon: f32,
  keep: f32,
): void {
  const vectors = length & ~3;
  const scales = f32x4.splat(scale);
  const one = f32x4.splat(beta1), oneRest = f32x4.splat(1 - beta1);
  const two = f32x4.splat(beta2), twoRest = f32x4.splat(1 - beta2);
  const rates = f32x4.splat(rate), epsilons = f32x4.splat(epsilon), keeps = f32x4.splat(keep);
  for (let i: usize = 0; i < <usize> vectors << 2; i += 16) {
    const g = f32x4.mul(v128.load(gradient + i), scales);
    const m = f32x4.add(f32x4.mul(v128.load(first + i), one), f32x4.mul(g, oneRest));
    const v = f32x4.add(f32x4.mul(v128.load(second + i), two), f32x4.mul(f32x4.mul(g, g), twoRest));
    v128.store(first + i, m);
    v128.store(second + i, v);
    const step = f32x4.div(f32x4.mul(m, rates), f32x4.add(f32x4.sqrt(v), epsilons));
    v128.store(y + i, f32x4.sub(f32x4.mul(v128.load(w + i), keeps), step));
  }
  for (let i = <usize> vectors << 2; i < <usize> length << 2; i += 4) {
    const g = load<f32>(gradient + i) * scale;
    const m = load<f32>(first + i) * beta1 + g * (1 - beta1);
    const v = load<f32>(second + i) * beta2 + g * g * (1 - beta2);
    store<f32>(first + i, m);
    store<f32>(second + i, v);
    store<f32>(y + i, load<f32>(w + i) * keep - m * rate / (sqrt<f32>(v) + epsilon));
  }
}

/** sum: the sum of squares, in float64. */
export function sumOfSquares(x: usize, length: i32, sum: usize): void {
  const end = x + (<usize> length << 2);
  const vectors = x + (<usize> (length & ~7) << 2);
  let low = f64x2.splat(0), high = f64x2.splat(0), lowNext = f64x2.splat(0), highNext = f64x2.splat(0);
  while (x < vectors) {
    const values = v128.load(x), next = v128.load(x, 16);
    low = f64x2.add(low, squares(values));
    high = f64x2.add(high, squares(upper(values)));
    lowNext = f64x2.add(lowNext, squares(next));
    highNext = f64x2.add(highNext, squares(upper(next)));
    x += 32;
  }
  const sums = f64x2.add(f64x2.add(low, high), f64x2.add(lowNext, highNext));
  let total = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  while (x < end) {
    const value = <f64> load<f32>(x);
    total += value * value;
    x += 4;
  }
  store<f64>(sum, total);
}

/** The squares of the two lower lanes, in float64. */
// @ts-ignore: decorator
@inline
function squares(values: v128): v128 {
  const wide = f64x2.promote_low_f32x4(values);
  return f64x2.mul(wide, wide);
}

/** The two upper lanes, moved down. */
// @ts-ignore: decorator
@inline
function upper(values: v128): v128 {
  return v128.shuffle<f32>(values, values, 2, 3, 2, 3);
}
