// The contrastive loss of rows of similarities, and its gradient.

import { exponential, logarithm } from "./_exponential";

// @ts-ignore: decorator
@inline
function sumLanes(x: v128): f64 {
  return <f64> f32x4.extract_lane(x, 0) + <f64> f32x4.extract_lane(x, 1) + <f64> f32x4.extract_lane(x, 2) +
    <f64> f32x4.extract_lane(x, 3);
}

/**
 * Per row of [rows][columns], with E = log sum exp(logits + penalties) and m = E - logits: the loss, sum of weights *
 * softplus(m), and its gradient, softmax(logits + penalties) * sum(pull) - pull with pull = weights * sigmoid(m).
 *
 * @param gradient times `scale`
 * @param loss the sum over the rows, float64
 * @param scratch three rows, each filled up to a multiple of 16 bytes
 */
export function contrastLoss(
  logits: usize,
  weights: usize,
  penalties: usize,
  gradient: usize,
  rows: i32,
  columns: i32,
  scale: f32,
  loss: usize,
  scratch: usize,
): void {
  const rowBytes = <usize> columns << 2;
  const end = (rowBytes + 15) & ~15;
  const shares = scratch + end;
  const pulls = shares + end;
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  let sum: f64 = 0;
  for (let row = 0; row < rows; row++) {
    memory.copy(scratch, logits, rowBytes);
    memory.copy(shares, penalties, rowBytes);
    memory.copy(pulls, weights, rowBytes);
    for (let i = rowBytes; i < end; i += 4) { // what fills up the last vector has no part in anything
      store<f32>(scratch + i, 0);
      store<f32>(shares + i, -Infinity);
      store<f32>(pulls + i, 0);
    }
    let peaks = f32x4.splat(-Infinity);
    for (let i: usize = 0; i < end; i += 16) {
      const kept = f32x4.add(v128.load(scratch + i), v128.load(shares + i));
      v128.store(shares + i, kept);
      peaks = f32x4.max(peaks, kept); // NaN wins
    }
    const peak = max<f32>(
      max<f32>(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)),
      max<f32>(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)),
    );
    let total: f64 = 0;
    for (let i: usize = 0; i < end; i += 16) {
      const share = exponential(f32x4.sub(v128.load(shares + i), f32x4.splat(peak)));
      v128.store(shares + i, share);
      total += sumLanes(share);
    }
    const edge = f32x4.add(f32x4.splat(peak), logarithm(f32x4.splat(<f32> total)));
    let pull: f64 = 0;
    sum += <f64> f32x4.extract_lane(edge, 0) * 0; // NaN stays NaN in a row without weights
    for (let i: usize = 0; i < end; i += 16) {
      const weight = v128.load(pulls + i);
      if (!v128.any_true(f32x4.ne(weight, zero))) continue;
      const margin = f32x4.sub(edge, v128.load(scratch + i));
      const power = exponential(f32x4.neg(f32x4.abs(margin)));
      const whole = f32x4.add(one, power);
      const softplus = f32x4.add(f32x4.max(margin, zero), logarithm(whole));
      const sigmoid = f32x4.div(v128.bitselect(one, power, f32x4.ge(margin, zero)), whole);
      sum += sumLanes(f32x4.mul(weight, softplus));
      const pulled = f32x4.mul(weight, sigmoid);
      pull += sumLanes(pulled);
      v128.store(pulls + i, pulled);
    }
    const factor = f32x4.splat(<f32> (pull / total));
    for (let i: usize = 0; i < end; i += 16) {
      const slope = f32x4.sub(f32x4.mul(v128.load(shares + i), factor), v128.load(pulls + i));
      v128.store(shares + i, f32x4.mul(slope, f32x4.splat(scale)));
    }
    memory.copy(gradient, shares, rowBytes);
    logits += rowBytes;
    weights += rowBytes;
    penalties += rowBytes;
    gradient += rowBytes;
  }
  store<f64>(loss, sum);
}
