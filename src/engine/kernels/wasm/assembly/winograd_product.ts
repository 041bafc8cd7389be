// The products of winograd.ts: per point, a matrix of tiles x (kernel depths, channels) times one of
// (kernel depths, channels) x output channels.
//
// Four tiles at a time are interleaved first, [kernel depth][channel][4 tiles], so that one load brings the four inputs
// of a block of 4 tiles x 8 output channels: every access to memory costs a check of its bounds, and with a load for
// each input those take as long as the arithmetic.

import { fma, splatLane } from "./_simd";
import { convolvePlane } from "./conv3d";

/** `rows` rows of `channels` floats, four by four, interleaved. */
function interleave(x: usize, rows: i32, channels: i32, depthStep: usize, depths: i32, to: usize): void {
  const rowBytes = <usize> channels << 2;
  for (let row = 0; row < rows; row += 4) {
    for (let depth = 0; depth < depths; depth++) {
      let from = x + depthStep * <usize> depth + rowBytes * <usize> row;
      const end = from + rowBytes;
      while (from < end) {
        const r0 = v128.load(from);
        const r1 = v128.load(from + rowBytes);
        const r2 = v128.load(from + rowBytes * 2);
        const r3 = v128.load(from + rowBytes * 3);
        const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
        const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
        const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
        v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 16);
        v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 32);
        v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 48);
        from += 16;
        to += 64;
      }
    }
  }
}

/** Four interleaved rows, from `x` up to `end`, times 8 or `width` = 4 columns. */
// @ts-ignore: decorator
@inline
function block(x: usize, end: usize, weights: usize, y: usize, yRow: usize, width: i32): void {
  let a0 = f32x4.splat(0), b0 = f32x4.splat(0);
  let a1 = f32x4.splat(0), b1 = f32x4.splat(0);
  let a2 = f32x4.splat(0), b2 = f32x4.splat(0);
  let a3 = f32x4.splat(0), b3 = f32x4.splat(0);
  while (x < end) {
    const values = v128.load(x);
    const low = v128.load(weights);
    const high = v128.load(weights, 16);
    let value = splatLane(values, 0);
    a0 = fma(value, low, a0);
    b0 = fma(value, high, b0);
    value = splatLane(values, 1);
    a1 = fma(value, low, a1);
    b1 = fma(value, high, b1);
    value = splatLane(values, 2);
    a2 = fma(value, low, a2);
    b2 = fma(value, high, b2);
    value = splatLane(values, 3);
    a3 = fma(value, low, a3);
    b3 = fma(value, high, b3);
    x += 16;
    weights += 32;
  }
  const y1 = y + yRow;
  const y2 = y1 + yRow;
  const y3 = y2 + yRow;
  v128.store(y, a0);
  v128.store(y1, a1);
  v128.store(y2, a2);
  v128.store(y3, a3);
  if (width == 4) return;
  v128.store(y, b0, 16);
  v128.store(y1, b1, 16);
  v128.store(y2, b2, 16);
  v128.store(y3, b3, 16);
}

/**
 * y, `rows` x `channelsOut`, from x, `rows` x `channelsIn` for each of `depths` kernel depths, which are `depthStep`
 * bytes apart. `weights` are [ceil(out / 8)][depths][in][8]. `work` holds a table of `depths` addresses (64 bytes) and
 * rows x depths x channelsIn floats; channels are multiples of 4.
 */
export function multiplyPoint(
  x: usize,
  depthStep: usize,
  depths: i32,
  rows: i32,
  channelsIn: i32,
  weights: usize,
  y: usize,
  channelsOut: i32,
  work: usize,
): void {
  const inBytes = <usize> channelsIn << 2;
  const outBytes = <usize> channelsOut << 2;
  const weightBlock = inBytes * <usize> (depths * 8);
  const fours = channelsOut > 8 ? rows & ~3 : 0; // a single block of columns does not pay for interleaving
  const panels = work + 64;
  const panelBytes = inBytes * <usize> (depths * 4);
  interleave(x, fours, channelsIn, depthStep, depths, panels);
  for (let channel = 0; fours > 0 && channel < channelsOut; channel += 8) {
    const columns = weights + weightBlock * <usize> (channel >> 3);
    let panel = panels;
    let to = y + (<usize> channel << 2);
    for (let row = 0; row < fours; row += 4) {
      block(panel, panel + panelBytes, columns, to, outBytes, min(8, channelsOut - channel));
      panel += panelBytes;
      to += outBytes * 4;
    }
  }
  if (fours == rows) return;
  for (let depth = 0; depth < depths; depth++) {
    store<u32>(work + (<usize> depth << 2), <u32> (x + inBytes * <usize> fours + depthStep * <usize> depth));
  }
  convolvePlane(
    work,
    depths,
    channelsIn,
    weights,
    weightBlock,
    y + outBytes * <usize> fours,
    1,
    rows - fours,
    channelsOut,
    0,
    inBytes,
    0,
    outBytes,
  );
}
