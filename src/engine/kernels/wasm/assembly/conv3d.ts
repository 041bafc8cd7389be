// 3D convolution, one plane of the output at a time.
//
// For each output voxel, a "tap" (one kernel depth and height) reads a run of kernelWidth * channels consecutive
// floats of a zero-padded input plane; the packed weights are read in the same order, eight output channels at a time:
// [ceil(out / 8)][taps][run][8]. The register block is 4 voxels x 8 channels, which leaves enough of x86's 16 vector
// registers for two weights and one input.

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
 * Copies a plane of height x width voxels into a frame of zeros: voxel (0, 0) lands at (top, left), what sticks out is
 * cut. Only the voxels are written, so a frame that was zero stays so when it is used again.
 */
export function padPlane(
  x: usize,
  height: i32,
  width: i32,
  voxelBytes: usize,
  to: usize,
  paddedHeight: i32,
  paddedWidth: i32,
  top: i32,
  left: i32,
): void {
  const skipped = max(0, -left);
  const copied = min(width - skipped, paddedWidth - max(0, left));
  if (copied <= 0) return;
  const rowBytes = <usize> paddedWidth * voxelBytes;
  const first = max(0, -top);
  const end = min(height, paddedHeight - top);
  let from = x + (<usize> first * <usize> width + <usize> skipped) * voxelBytes;
  to += <usize> (first + top) * rowBytes + <usize> max(0, left) * voxelBytes;
  for (let row = first; row < end; row++) {
    memory.copy(to, from, <usize> copied * voxelBytes);
    from += <usize> width * voxelBytes;
    to += rowBytes;
  }
}

/** [length][out] to [ceil(out / 8)][length][8], the last block filled up with zeros. */
export function packFilter(filter: usize, length: i32, out: i32, to: usize): void {
  for (let channel = 0; channel < out; channel += 8) {
    const count = min(8, out - channel);
    let from = filter + (<usize> channel << 2);
    for (let i = 0; i < length; i++) {
      if (count == 8) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let lane = 0; lane < 8; lane++) {
          store<f32>(to + (<usize> lane << 2), lane < count ? load<f32>(from + (<usize> lane << 2)) : 0);
        }
      }
      from += <usize> out << 2;
      to += 32;
    }
  }
}

/**
 * The weights of the input gradient: of each axis, the taps first, first + step, … (count of them) in reverse order,
 * input and output channels exchanged: [ceil(in / 8)][count, count, count][out][8].
 */
export function packFilterReversed(
  filter: usize,
  height: i32,
  width: i32,
  channelsIn: i32,
  channelsOut: i32,
  to: usize,
  firstDepth: i32,
  firstHeight: i32,
  firstWidth: i32,
  stepDepth: i32,
  stepHeight: i32,
  stepWidth: i32,
  countDepth: i32,
  countHeight: i32,
  countWidth: i32,
): void {
  const inputStep = <usize> channelsOut << 2;
  for (let channel = 0; channel < channelsIn; channel += 8) {
    const count = min(8, channelsIn - channel);
    for (let i = countDepth - 1; i >= 0; i--) {
      for (let j = countHeight - 1; j >= 0; j--) {
        for (let k = countWidth - 1; k >= 0; k--) {
          const tap = ((firstDepth + i * stepDepth) * height + firstHeight + j * stepHeight) * width + firstWidth +
            k * stepWidth;
          let from = filter + ((<usize> tap * <usize> channelsIn + <usize> channel) * <usize> channelsOut << 2);
          for (let out = 0; out < channelsOut; out++) {
            for (let lane = 0; lane < 8; lane++) {
              store<f32>(
                to + (<usize> lane << 2),
                lane < count ? load<f32>(from + <usize> lane * inputStep) : 0,
              );
            }
            from += 4;
            to += 32;
          }
        }
      }
    }
  }
}
