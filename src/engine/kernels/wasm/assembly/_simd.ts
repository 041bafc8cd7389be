// What all kernels share. The sources in this folder are AssemblyScript: TypeScript's syntax, WebAssembly's types.
// They own no memory: every pointer points into the memory of tfjs, and nothing here may create static data.

/** a * b + c, fused where the build has relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  else return f32x4.add(f32x4.mul(a, b), c);
}

/** Lane `lane`, a constant, four times. */
// @ts-ignore: decorator
@inline
export function splatLane(values: v128, lane: i32): v128 {
  if (lane == 0) return v128.shuffle<f32>(values, values, 0, 0, 0, 0);
  if (lane == 1) return v128.shuffle<f32>(values, values, 1, 1, 1, 1);
  if (lane == 2) return v128.shuffle<f32>(values, values, 2, 2, 2, 2);
  return v128.shuffle<f32>(values, values, 3, 3, 3, 3);
}

/** Adds the four lanes of `values` to four float64 at `sums`, `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function addLanes(sums: usize, step: usize, values: v128): void {
  store<f64>(sums, load<f64>(sums) + <f64> f32x4.extract_lane(values, 0));
  store<f64>(sums + step, load<f64>(sums + step) + <f64> f32x4.extract_lane(values, 1));
  store<f64>(sums + step * 2, load<f64>(sums + step * 2) + <f64> f32x4.extract_lane(values, 2));
  store<f64>(sums + step * 3, load<f64>(sums + step * 3) + <f64> f32x4.extract_lane(values, 3));
}

/** Stores the first `count` (1 to 8) of the eight values in `low` and `high`. */
export function storePart(to: usize, low: v128, high: v128, count: i32): void {
  let values = low;
  if (count >= 4) {
    v128.store(to, low);
    to += 16;
    count -= 4;
    values = high;
  }
  if (count == 4) v128.store(to, values);
  else {
    if (count > 0) v128.store_lane<f32>(to, values, 0);
    if (count > 1) v128.store_lane<f32>(to, values, 1, 4);
    if (count > 2) v128.store_lane<f32>(to, values, 2, 8);
  }
}
