// Weighted means of two tensors.

/** y = a * share + b * (1 - share). */
export function blend(a: usize, b: usize, y: usize, length: i32, share: f32): void {
  const rest: f32 = 1 - share;
  const shares = f32x4.splat(share), rests = f32x4.splat(rest);
  const vectors = <usize> (length & ~3) << 2;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    v128.store(y + i, f32x4.add(f32x4.mul(v128.load(a + i), shares), f32x4.mul(v128.load(b + i), rests)));
  }
  for (; i < <usize> length << 2; i += 4) {
    store<f32>(y + i, load<f32>(a + i) * share + load<f32>(b + i) * rest);
  }
}
