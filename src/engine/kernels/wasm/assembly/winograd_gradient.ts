// The gradient of winograd.ts's convolution with respect to its filter: the points of x, those of dy, their products
// summed over tiles, and the filter's gradient from those sums.

import { gatherFilterGradient, OUTPUTS, POINTS, spreadOutputGradient } from "./_winograd";
import { filterGradientPlane } from "./conv3d_filter_gradient";

/**
 * The points of `planes` planes of dy, the first of which is at `dy`, [height, width, channels] each. `work` is
 * 24 tiles channels floats and one row of dy more.
 */
export function winogradOutputGradient(
  dy: usize,
  height: i32,
  width: i32,
  channels: i32,
  planes: i32,
  firstTileRow: i32,
  tileRows: i32,
  to: usize,
  pointStep: usize,
  work: usize,
): void {
  const tiles = (width + OUTPUTS - 1) / OUTPUTS;
  const voxelBytes = <usize> channels << 2;
  const rowBytes = <usize> width * voxelBytes;
  const tileRowBytes = <usize> tiles * voxelBytes;
  const workRow = tileRowBytes * OUTPUTS;
  const zeros = work + workRow * POINTS;
  memory.fill(work, 0, workRow * POINTS + rowBytes);
  for (let plane = 0; plane < planes; plane++) {
    for (let tileRow = firstTileRow; tileRow < firstTileRow + tileRows; tileRow++) {
      const top = tileRow * OUTPUTS;
      let y0 = dy + <usize> top * rowBytes;
      let y1 = top + 1 < height ? y0 + rowBytes : zeros;
      let y2 = top + 2 < height ? y0 + rowBytes * 2 : zeros;
      let y3 = top + 3 < height ? y0 + rowBytes * 3 : zeros;
      let column = work;
      const end = column + rowBytes;
      while (column < end) {
        spreadOutputGradient(v128.load(y0), v128.load(y1), v128.load(y2), v128.load(y3), column, workRow);
        y0 += 16;
        y1 += 16;
        y2 += 16;
        y3 += 16;
        column += 16;
      }
      for (let i = 0; i < POINTS; i++) {
        let from = work + workRow * <usize> i;
        let target = to + pointStep * <usize> (i * POINTS);
        const end = target + tileRowBytes;
        while (target < end) {
          const tileEnd = target + voxelBytes;
          while (target < tileEnd) {
            spreadOutputGradient(
              v128.load(from),
              v128.load(from + voxelBytes),
              v128.load(from + voxelBytes * 2),
              v128.load(from + voxelBytes * 3),
              target,
              pointStep,
            );
            from += 16;
            target += 16;
          }
          from += voxelBytes * 3;
        }
      }
      to += tileRowBytes;
    }
    dy += <usize> height * rowBytes;
  }
}

/**
 * Adds to the sums of `points` points, [kernelDepth][in][out] each from `to` on, the products of x's points with dy's
 * over `rows` tiles, `strip` at a time; `depthStep` bytes lie between the tiles of x that one depth of the kernel and
 * the next see. `fresh` sums begin at zero. `work` is 64 bytes.
 */
export function winogradProducts(
  inputs: usize,
  inputStep: usize,
  depthStep: usize,
  outputs: usize,
  outputStep: usize,
  rows: i32,
  strip: i32,
  kernelDepth: i32,
  channelsIn: i32,
  channelsOut: i32,
  to: usize,
  toStep: usize,
  points: i32,
  fresh: i32,
  work: usize,
): void {
  const inBytes = <usize> channelsIn << 2;
  const outBytes = <usize> channelsOut << 2;
  for (let point = 0; point < points; point++) {
    if (fresh) memory.fill(to, 0, inBytes * <usize> (channelsOut * kernelDepth));
    for (let first = 0; first < rows; first += strip) {
      for (let depth = 0; depth < kernelDepth; depth++) {
        store<u32>(work + (<usize> depth << 2), <u32> (inputs + depthStep * <usize> depth + inBytes * <usize> first));
      }
      filterGradientPlane(
        work,
        kernelDepth,
        channelsIn,
        outputs + outBytes * <usize> first,
        to,
        1,
        min(strip, rows - first),
        channelsOut,
        0,
        inBytes,
        0,
        outBytes,
        outBytes,
      );
    }
    inputs += inputStep;
    outputs += outputStep;
    to += toStep;
  }
}

/**
 * The filter's gradient [kernelDepth, 3, 3, in, out] from the sums over all tiles, for `rows` of the kernelDepth x in
 * pairs of a kernel depth and an input channel from `firstRow` on. `work` is 288 bytes.
 */
export function winogradFilterGradient(
  sums: usize,
  pointStep: usize,
  channelsIn: i32,
  channelsOut: i32,
  firstRow: i32,
  rows: i32,
  to: usize,
  work: usize,
): void {
  const tapStep = <usize> channelsIn * <usize> channelsOut << 2;
  const rowBytes = <usize> channelsOut << 2;
  const pointRow = pointStep * POINTS;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const depth = row / channelsIn;
    let from = sums + <usize> row * rowBytes;
    let target = to + <usize> (depth * 9) * tapStep + <usize> (row - depth * channelsIn) * rowBytes;
    const end = from + rowBytes;
    while (from < end) {
      for (let j = 0; j < POINTS; j++) {
        const column = from + pointStep * <usize> j;
        gatherFilterGradient(
          v128.load(column),
          v128.load(column + pointRow),
          v128.load(column + pointRow * 2),
          v128.load(column + pointRow * 3),
          v128.load(column + pointRow * 4),
          v128.load(column + pointRow * 5),
          work + (<usize> j << 4),
          96,
        );
      }
      for (let i = 0; i < 3; i++) {
        const column = work + <usize> i * 96;
        gatherFilterGradient(
          v128.load(column),
          v128.load(column, 16),
          v128.load(column, 32),
          v128.load(column, 48),
          v128.load(column, 64),
          v128.load(column, 80),
          target + tapStep * <usize> (i * 3),
          tapStep,
        );
      }
      from += 16;
      target += 16;
    }
  }
}
