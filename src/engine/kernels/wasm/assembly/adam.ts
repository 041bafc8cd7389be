// One Adam step with decoupled weight decay, over `length` values.

/**
 * first and second: the running moments, updated in place; y: the new weights, w * keep - rate * m / (sqrt(v) + epsilon),
 * where the caller has put the bias corrections into rate and epsilon; `scale` multiplies the gradient (clipping).
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

/** The sum of squares, in float64. */
export function sumOfSquares(x: usize, length: i32): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize> length << 2; i += 4) {
    const value = <f64> load<f32>(x + i);
    sum += value * value;
  }
  return sum;
}
