// The gradient of a 3D convolution with respect to its filter, accumulated over one plane of the output at a time.
// The register block is 4 consecutive inputs of a tap's run x 8 output channels, summed over the voxels of a strip of
// rows before it is added to memory: that also keeps float32 sums short.

import { beginPlanes, tableOf, tapsOfPlane, Walk } from "./_planes";
import { fma, splatLane, storePart } from "./_simd";

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
      // one load for all four inputs where there are four: every access costs a check of its bounds
      const values = height > 3 ? v128.load(from) : v128.load32_splat(from);
      let value = height > 3 ? splatLane(values, 0) : values;
      a0 = fma(value, low, a0);
      b0 = fma(value, high, b0);
      if (height > 1) {
        value = height > 3 ? splatLane(values, 1) : v128.load32_splat(from, 4);
        a1 = fma(value, low, a1);
        b1 = fma(value, high, b1);
      }
      if (height > 2) {
        value = height > 3 ? splatLane(values, 2) : v128.load32_splat(from, 8);
        a2 = fma(value, low, a2);
        b2 = fma(value, high, b2);
      }
      if (height > 3) {
        value = splatLane(values, 3);
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
 * Adds one plane's part to `to`, rows of [tapCount][run] that are `toStep` bytes apart; `channels` must be a multiple
 * of 8. The other arguments are those of convolvePlane.
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
  toStep: usize,
): void {
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

/** Copies `rows` rows of `from` floats to longer rows of `to` floats, filled up with zeros. */
function widenRows(x: usize, y: usize, rows: i32, from: i32, to: i32): void {
  for (let row = 0; row < rows; row++) {
    memory.copy(y, x, <usize> from << 2);
    memory.fill(y + (<usize> from << 2), 0, <usize> (to - from) << 2);
    x += <usize> from << 2;
    y += <usize> to << 2;
  }
}

/**
 * Sums over `planes` planes of dy from `firstPlane` on (planes of all samples are counted through) to a part of the
 * gradient, [taps][run][allChannels], of which `channels` are computed from `firstChannel` on; both multiples of 8. dy
 * has `channelsOut` channels: up to `allChannels`, the next multiple of 8, zeros are put in between. `work` holds what
 * _planes.ts wants; `wide` holds a plane of dy with `allChannels`, if it has fewer.
 */
export function filterGradientPlanes(
  walk: usize,
  x: usize,
  dy: usize,
  channelsOut: i32,
  allChannels: i32,
  firstChannel: i32,
  channels: i32,
  to: usize,
  firstPlane: i32,
  planes: i32,
  work: usize,
  wide: usize,
): void {
  const geometry = changetype<Walk>(walk);
  const table = tableOf(geometry, work);
  const voxels = geometry.outHeight * geometry.outWidth;
  const toStep = <usize> allChannels << 2;
  const dyRow = <usize> geometry.outWidth * toStep;
  const depthBytes = <usize> (geometry.kernelHeight * geometry.run) * toStep;
  const firstBytes = <usize> firstChannel << 2;
  for (let row = 0; row < geometry.kernelDepth * geometry.kernelHeight * geometry.run; row++) {
    memory.fill(to + <usize> row * toStep + firstBytes, 0, <usize> channels << 2);
  }
  beginPlanes(geometry, work);
  for (let plane = firstPlane; plane < firstPlane + planes; plane++) {
    let incoming = dy + <usize> plane * <usize> (voxels * channelsOut << 2);
    if (channelsOut != allChannels) {
      widenRows(incoming, wide, voxels, channelsOut, allChannels);
      incoming = wide;
    }
    const tapCount = tapsOfPlane(geometry, x, plane, work);
    filterGradientPlane(
      table,
      tapCount,
      geometry.run,
      incoming + firstBytes,
      to + firstBytes + <usize> geometry.firstKernelDepth(plane % geometry.outDepth) * depthBytes,
      geometry.outHeight,
      geometry.outWidth,
      channels,
      geometry.rowStep,
      geometry.columnStep,
      dyRow,
      toStep,
      toStep,
    );
  }
}

/**
 * Adds up `parts` parts, `partStep` bytes apart: `rows` rows of `from` floats from `firstRow` on, of which the first
 * `channels` go to y.
 */
export function sumParts(
  x: usize,
  parts: i32,
  partStep: usize,
  firstRow: i32,
  rows: i32,
  from: i32,
  channels: i32,
  y: usize,
): void {
  for (let row = firstRow; row < firstRow + rows; row++) {
    for (let channel = 0; channel < channels; channel += 8) {
      let at = x + (<usize> (row * from + channel) << 2);
      let low = v128.load(at);
      let high = v128.load(at, 16);
      for (let part = 1; part < parts; part++) {
        at += partStep;
        low = f32x4.add(low, v128.load(at));
        high = f32x4.add(high, v128.load(at, 16));
      }
      storePart(y + (<usize> (row * channels + channel) << 2), low, high, min(8, channels - channel));
    }
  }
}
