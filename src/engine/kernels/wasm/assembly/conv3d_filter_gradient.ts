// The gradient of a 3D convolution with respect to its filter, accumulated over one plane of the output at a time.
// The register block is 4 consecutive inputs of a tap's run x 8 output channels, summed over the voxels of a strip of
// rows before it is added to memory: that also keeps float32 sums short.

import { fma } from "./_simd";

/** Voxels that are summed in float32 before they are added to memory: planes of 16 x 16 are one strip. */
// @ts-ignore: decorator
@inline
const STRIP: i32 = 256;

/** `height` (1 to 4) inputs x eight output channels over rows x columns voxels, added to `to`. */
// @ts-ignore: decorator
@inline
function tile(
  height: i32,
  x: usize,
  dy: usize,
  rows: i32,
  columns: i32,
  xRow: usize,
  xColumn: usize,
  dyRow: usize,
  dyColumn: usize,
  to: usize,
  toStep: usize,
): void {
  let a0 = f32x4.splat(0), b0 = f32x4.splat(0);
  let a1 = f32x4.splat(0), b1 = f32x4.splat(0);
  let a2 = f32x4.splat(0), b2 = f32x4.splat(0);
  let a3 = f32x4.splat(0), b3 = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    let from = x;
    let incoming = dy;
    const end = dy + <usize> columns * dyColumn;
    while (incoming < end) {
      const low = v128.load(incoming);
      const high = v128.load(incoming, 16);
      let value = v128.load32_splat(from);
      a0 = fma(value, low, a0);
      b0 = fma(value, high, b0);
      if (height > 1) {
        value = v128.load32_splat(from, 4);
        a1 = fma(value, low, a1);
        b1 = fma(value, high, b1);
      }
      if (height > 2) {
        value = v128.load32_splat(from, 8);
        a2 = fma(value, low, a2);
        b2 = fma(value, high, b2);
      }
      if (height > 3) {
        value = v128.load32_splat(from, 12);
        a3 = fma(value, low, a3);
        b3 = fma(value, high, b3);
      }
      from += xColumn;
      incoming += dyColumn;
    }
    x += xRow;
    dy += dyRow;
  }
  v128.store(to, f32x4.add(v128.load(to), a0));
  v128.store(to, f32x4.add(v128.load(to, 16), b0), 16);
  if (height > 1) {
    to += toStep;
    v128.store(to, f32x4.add(v128.load(to), a1));
    v128.store(to, f32x4.add(v128.load(to, 16), b1), 16);
  }
  if (height > 2) {
    to += toStep;
    v128.store(to, f32x4.add(v128.load(to), a2));
    v128.store(to, f32x4.add(v128.load(to, 16), b2), 16);
  }
  if (height > 3) {
    to += toStep;
    v128.store(to, f32x4.add(v128.load(to), a3));
    v128.store(to, f32x4.add(v128.load(to, 16), b3), 16);
  }
}

/**
 * Adds one plane's part to `to`, [tapCount][run][channels]; `channels`, those of dy, must be a multiple of 8. The other
 * arguments are those of convolvePlane.
 */
export function filterGradientPlane(
  taps: usize,
  tapCount: i32,
  run: i32,
  dy: usize,
  to: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  xRow: usize,
  xColumn: usize,
  dyRow: usize,
  dyColumn: usize,
): void {
  const toStep = <usize> channels << 2;
  const strip = max(1, STRIP / columns);
  for (let first = 0; first < rows; first += strip) {
    const count = min(strip, rows - first);
    const dyStrip = dy + dyRow * <usize> first;
    for (let tap = 0; tap < tapCount; tap++) {
      const xStrip = <usize> load<u32>(taps + (<usize> tap << 2)) + xRow * <usize> first;
      const toTap = to + <usize> tap * <usize> run * toStep;
      for (let channel = 0; channel < channels; channel += 8) {
        const incoming = dyStrip + (<usize> channel << 2);
        let from = xStrip;
        let target = toTap + (<usize> channel << 2);
        let left = run;
        while (left >= 4) {
          tile(4, from, incoming, count, columns, xRow, xColumn, dyRow, dyColumn, target, toStep);
          from += 16;
          target += toStep * 4;
          left -= 4;
        }
        if (left == 3) tile(3, from, incoming, count, columns, xRow, xColumn, dyRow, dyColumn, target, toStep);
        else if (left == 2) tile(2, from, incoming, count, columns, xRow, xColumn, dyRow, dyColumn, target, toStep);
        else if (left == 1) tile(1, from, incoming, count, columns, xRow, xColumn, dyRow, dyColumn, target, toStep);
      }
    }
  }
}

/** Copies `rows` rows of `from` floats to rows of `to` floats: cut, or filled up with zeros. */
export function resizeRows(x: usize, y: usize, rows: i32, from: i32, to: i32): void {
  const shared = min(from, to);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < to; i++) {
      store<f32>(y + (<usize> i << 2), i < shared ? load<f32>(x + (<usize> i << 2)) : 0);
    }
    x += <usize> from << 2;
    y += <usize> to << 2;
  }
}
