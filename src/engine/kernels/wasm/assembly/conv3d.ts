// 3D convolution by its definition, one plane of the output at a time.
//
// For each output voxel, a tap (see _planes.ts) reads a run of consecutive floats of a zero-padded input plane; the
// packed weights are read in the same order, eight output channels at a time: [ceil(out / 8)][taps][run][8]. The
// register block is 4 voxels x 8 channels, which leaves enough of x86's 16 vector registers for two weights and one
// input.

import { beginPlanes, tableOf, tapsOfPlane, Walk } from "./_planes";
import { fma, storePart } from "./_simd";

/** `height` (1 to 4) voxels of one row x eight output channels, all taps. */
// @ts-ignore: decorator
@inline
function tile(
  height: i32,
  taps: usize,
  tapsEnd: usize,
  offset: usize,
  xColumn: usize,
  runBytes: usize,
  weights: usize,
  y: usize,
  yColumn: usize,
  width: i32,
): void {
  let a0 = f32x4.splat(0), b0 = f32x4.splat(0);
  let a1 = f32x4.splat(0), b1 = f32x4.splat(0);
  let a2 = f32x4.splat(0), b2 = f32x4.splat(0);
  let a3 = f32x4.splat(0), b3 = f32x4.splat(0);
  for (let tap = taps; tap < tapsEnd; tap += 4) {
    let x0 = <usize> load<u32>(tap) + offset;
    let x1 = x0 + xColumn;
    let x2 = x1 + xColumn;
    let x3 = x2 + xColumn;
    const end = x0 + runBytes;
    while (x0 < end) {
      const low = v128.load(weights);
      const high = v128.load(weights, 16);
      let value = v128.load32_splat(x0);
      a0 = fma(value, low, a0);
      b0 = fma(value, high, b0);
      if (height > 1) {
        value = v128.load32_splat(x1);
        a1 = fma(value, low, a1);
        b1 = fma(value, high, b1);
        x1 += 4;
      }
      if (height > 2) {
        value = v128.load32_splat(x2);
        a2 = fma(value, low, a2);
        b2 = fma(value, high, b2);
        x2 += 4;
      }
      if (height > 3) {
        value = v128.load32_splat(x3);
        a3 = fma(value, low, a3);
        b3 = fma(value, high, b3);
        x3 += 4;
      }
      x0 += 4;
      weights += 32;
    }
  }
  if (width == 8) {
    v128.store(y, a0);
    v128.store(y, b0, 16);
    if (height > 1) {
      v128.store(y + yColumn, a1);
      v128.store(y + yColumn, b1, 16);
    }
    if (height > 2) {
      v128.store(y + yColumn * 2, a2);
      v128.store(y + yColumn * 2, b2, 16);
    }
    if (height > 3) {
      v128.store(y + yColumn * 3, a3);
      v128.store(y + yColumn * 3, b3, 16);
    }
  } else {
    storePart(y, a0, b0, width);
    if (height > 1) storePart(y + yColumn, a1, b1, width);
    if (height > 2) storePart(y + yColumn * 2, a2, b2, width);
    if (height > 3) storePart(y + yColumn * 3, a3, b3, width);
  }
}

/**
 * One output plane of rows x columns voxels.
 *
 * taps: `tapCount` addresses of what output voxel (0, 0) reads; xRow and xColumn: bytes from there to the next output
 * row and column; weights: of the first tap; weightBlock: bytes between blocks of eight output channels.
 */
export function convolvePlane(
  taps: usize,
  tapCount: i32,
  run: i32,
  weights: usize,
  weightBlock: usize,
  y: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  xRow: usize,
  xColumn: usize,
  yRow: usize,
  yColumn: usize,
): void {
  const tapsEnd = taps + (<usize> tapCount << 2);
  const runBytes = <usize> run << 2;
  for (let row = 0; row < rows; row++) {
    let block = weights;
    for (let channel = 0; channel < channels; channel += 8) {
      const width = min(8, channels - channel);
      let offset = xRow * <usize> row;
      let to = y + yRow * <usize> row + (<usize> channel << 2);
      let left = columns;
      while (left >= 6 || left == 4) {
        tile(4, taps, tapsEnd, offset, xColumn, runBytes, block, to, yColumn, width);
        offset += xColumn * 4;
        to += yColumn * 4;
        left -= 4;
      }
      if (left == 5 || left == 3) {
        tile(3, taps, tapsEnd, offset, xColumn, runBytes, block, to, yColumn, width);
        offset += xColumn * 3;
        to += yColumn * 3;
        left -= 3;
      }
      if (left == 2) tile(2, taps, tapsEnd, offset, xColumn, runBytes, block, to, yColumn, width);
      else if (left == 1) tile(1, taps, tapsEnd, offset, xColumn, runBytes, block, to, yColumn, width);
      block += weightBlock;
    }
  }
}

/**
 * `planes` planes of the output from `firstPlane` on (planes of all samples are counted through), `channels` output
 * channels from `y` and `weights` on. The steps say in bytes where the results go. `work` holds what _planes.ts wants.
 */
export function convolvePlanes(
  walk: usize,
  x: usize,
  weights: usize,
  y: usize,
  channels: i32,
  ySample: usize,
  yPlane: usize,
  yRow: usize,
  yColumn: usize,
  firstPlane: i32,
  planes: i32,
  work: usize,
): void {
  const geometry = changetype<Walk>(walk);
  const depthBytes = <usize> (geometry.kernelHeight * geometry.run) << 5; // of packed weights
  beginPlanes(geometry, work);
  for (let plane = firstPlane; plane < firstPlane + planes; plane++) {
    const sample = plane / geometry.outDepth;
    const depth = plane - sample * geometry.outDepth;
    const tapCount = tapsOfPlane(geometry, x, plane, work);
    convolvePlane(
      tableOf(geometry, work),
      tapCount,
      geometry.run,
      weights + <usize> geometry.firstKernelDepth(depth) * depthBytes,
      depthBytes * <usize> geometry.kernelDepth,
      y + <usize> sample * ySample + <usize> depth * yPlane,
      geometry.outHeight,
      geometry.outWidth,
      channels,
      geometry.rowStep,
      geometry.columnStep,
      yRow,
      yColumn,
    );
  }
}
