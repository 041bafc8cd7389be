// Normalisation, affine map and leaky ReLU. Tensors are [voxels][channels], a part of one sample; vectors hold one
// value a channel. Sums run over strips of voxels in float32 and from strip to strip in float64: a plain float32 sum of
// squares drifts to 1e-3 at 64^3 voxels.

import { addLanes, fma } from "./_simd";

/** Voxels a strip: 16 KiB, half of a level-1 cache, or 8 voxels, and never more than 128. */
// @ts-ignore: decorator
@inline
function stripOf(channels: i32): i32 {
  return min(128, max(8, 4096 / channels));
}

// @ts-ignore: decorator
@inline
function leaky(z: v128, slope: v128): v128 {
  return f32x4.pmax(z, f32x4.mul(z, slope)); // pmax(NaN, b) is NaN
}

/** sums: sum and sum of squares of x - origin for each channel, float64 [channels][2]. */
export function normSums(x: usize, voxels: i32, channels: i32, origin: usize, sums: usize): void {
  memory.fill(sums, 0, <usize> channels << 4);
  const step = <usize> channels << 2;
  const vectors = channels & ~3;
  const length = stripOf(channels);
  for (let first = 0; first < voxels; first += length) {
    const strip = x + step * <usize> first;
    const end = strip + step * <usize> min(length, voxels - first);
    for (let channel = 0; channel < vectors; channel += 4) {
      const offset = <usize> channel << 2;
      const shift = v128.load(origin + offset);
      let sum = f32x4.splat(0);
      let squares = f32x4.splat(0);
      for (let p = strip + offset; p < end; p += step) {
        const value = f32x4.sub(v128.load(p), shift);
        sum = f32x4.add(sum, value);
        squares = fma(value, value, squares);
      }
      addLanes(sums + (<usize> channel << 4), 16, sum);
      addLanes(sums + (<usize> channel << 4) + 8, 16, squares);
    }
    for (let channel = vectors; channel < channels; channel++) {
      const offset = <usize> channel << 2;
      const shift = load<f32>(origin + offset);
      let sum: f64 = 0;
      let squares: f64 = 0;
      for (let p = strip + offset; p < end; p += step) {
        const value = <f64> (load<f32>(p) - shift);
        sum += value;
        squares += value * value;
      }
      const to = sums + (<usize> channel << 4);
      store<f64>(to, load<f64>(to) + sum);
      store<f64>(to + 8, load<f64>(to + 8) + squares);
    }
  }
}

/** y = leaky((x - mean) * scale + beta). */
export function normApply(
  x: usize,
  y: usize,
  voxels: i32,
  channels: i32,
  mean: usize,
  scale: usize,
  beta: usize,
  slope: f32,
): void {
  const step = <usize> channels << 2;
  const vectors = channels & ~3;
  const length = stripOf(channels);
  const slopes = f32x4.splat(slope);
  const shift = y - x;
  for (let first = 0; first < voxels; first += length) {
    const strip = x + step * <usize> first;
    const end = strip + step * <usize> min(length, voxels - first);
    for (let channel = 0; channel < vectors; channel += 4) {
      const offset = <usize> channel << 2;
      const m = v128.load(mean + offset), s = v128.load(scale + offset), b = v128.load(beta + offset);
      for (let p = strip + offset; p < end; p += step) {
        v128.store(p + shift, leaky(fma(f32x4.sub(v128.load(p), m), s, b), slopes));
      }
    }
    for (let channel = vectors; channel < channels; channel++) {
      const offset = <usize> channel << 2;
      const m = load<f32>(mean + offset), s = load<f32>(scale + offset), b = load<f32>(beta + offset);
      for (let p = strip + offset; p < end; p += step) {
        const z = (load<f32>(p) - m) * s + b;
        store<f32>(p + shift, z < 0 ? z * slope : z);
      }
    }
  }
}

/** sums: of d and of d * normalised for each channel, where d is dy behind the activation, float64 [channels][2]. */
export function normGradientSums(
  dy: usize,
  x: usize,
  voxels: i32,
  channels: i32,
  mean: usize,
  deviation: usize,
  gamma: usize,
  beta: usize,
  slope: f32,
  sums: usize,
): void {
  memory.fill(sums, 0, <usize> channels << 4);
  const step = <usize> channels << 2;
  const vectors = channels & ~3;
  const length = stripOf(channels);
  const slopes = f32x4.splat(slope);
  const zero = f32x4.splat(0);
  const shift = dy - x;
  for (let first = 0; first < voxels; first += length) {
    const strip = x + step * <usize> first;
    const end = strip + step * <usize> min(length, voxels - first);
    for (let channel = 0; channel < vectors; channel += 4) {
      const offset = <usize> channel << 2;
      const m = v128.load(mean + offset), s = v128.load(deviation + offset);
      const g = v128.load(gamma + offset), b = v128.load(beta + offset);
      let sum = f32x4.splat(0);
      let lean = f32x4.splat(0);
      for (let p = strip + offset; p < end; p += step) {
        const normalised = f32x4.mul(f32x4.sub(v128.load(p), m), s);
        const incoming = v128.load(p + shift);
        const positive = f32x4.gt(fma(normalised, g, b), zero);
        const d = v128.bitselect(incoming, f32x4.mul(incoming, slopes), positive);
        sum = f32x4.add(sum, d);
        lean = fma(d, normalised, lean);
      }
      addLanes(sums + (<usize> channel << 4), 16, sum);
      addLanes(sums + (<usize> channel << 4) + 8, 16, lean);
    }
    for (let channel = vectors; channel < channels; channel++) {
      const offset = <usize> channel << 2;
      const m = load<f32>(mean + offset), s = load<f32>(deviation + offset);
      const g = load<f32>(gamma + offset), b = load<f32>(beta + offset);
      let sum: f64 = 0;
      let lean: f64 = 0;
      for (let p = strip + offset; p < end; p += step) {
        const normalised = (load<f32>(p) - m) * s;
        const incoming = load<f32>(p + shift);
        const d = normalised * g + b > 0 ? incoming : incoming * slope;
        sum += <f64> d;
        lean += <f64> (d * normalised);
      }
      const to = sums + (<usize> channel << 4);
      store<f64>(to, load<f64>(to) + sum);
      store<f64>(to + 8, load<f64>(to + 8) + lean);
    }
  }
}

/** dx = (gamma * d - shift - normalised * lean) * deviation; shift and lean hold one value a channel. */
export function normGradientApply(
  dy: usize,
  x: usize,
  dx: usize,
  voxels: i32,
  channels: i32,
  mean: usize,
  deviation: usize,
  gamma: usize,
  beta: usize,
  slope: f32,
  shift: usize,
  lean: usize,
): void {
  const step = <usize> channels << 2;
  const vectors = channels & ~3;
  const length = stripOf(channels);
  const slopes = f32x4.splat(slope);
  const zero = f32x4.splat(0);
  const toIncoming = dy - x;
  const toOutput = dx - x;
  for (let first = 0; first < voxels; first += length) {
    const strip = x + step * <usize> first;
    const end = strip + step * <usize> min(length, voxels - first);
    for (let channel = 0; channel < vectors; channel += 4) {
      const offset = <usize> channel << 2;
      const m = v128.load(mean + offset), s = v128.load(deviation + offset);
      const g = v128.load(gamma + offset), b = v128.load(beta + offset);
      const h = v128.load(shift + offset), l = v128.load(lean + offset);
      for (let p = strip + offset; p < end; p += step) {
        const normalised = f32x4.mul(f32x4.sub(v128.load(p), m), s);
        const incoming = v128.load(p + toIncoming);
        const positive = f32x4.gt(fma(normalised, g, b), zero);
        const d = v128.bitselect(incoming, f32x4.mul(incoming, slopes), positive);
        const centred = f32x4.sub(f32x4.sub(f32x4.mul(d, g), h), f32x4.mul(normalised, l));
        v128.store(p + toOutput, f32x4.mul(centred, s));
      }
    }
    for (let channel = vectors; channel < channels; channel++) {
      const offset = <usize> channel << 2;
      const m = load<f32>(mean + offset), s = load<f32>(deviation + offset);
      const g = load<f32>(gamma + offset), b = load<f32>(beta + offset);
      const h = load<f32>(shift + offset), l = load<f32>(lean + offset);
      for (let p = strip + offset; p < end; p += step) {
        const normalised = (load<f32>(p) - m) * s;
        const incoming = load<f32>(p + toIncoming);
        const d = normalised * g + b > 0 ? incoming : incoming * slope;
        store<f32>(p + toOutput, (d * g - h - normalised * l) * s);
      }
    }
  }
}
