// The transforms of winograd.ts: the points of input planes, and output planes from their points.

import { gatherOutput, OUTPUTS, POINTS, spreadInput } from "./_winograd";

/**
 * The points of `planes` planes of x from `firstPlane` on, those outside being zeros. x is one sample
 * [depth, height, width, channels]; `work` is 6 (4 tiles + 2) channels floats and one row of x more.
 */
export function winogradInput(
  x: usize,
  depth: i32,
  height: i32,
  width: i32,
  channels: i32,
  firstPlane: i32,
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
  const workRow = <usize> (tiles * OUTPUTS + 2) * voxelBytes;
  const zeros = work + workRow * POINTS;
  memory.fill(work, 0, workRow * POINTS + rowBytes);
  const tileRowBytes = <usize> tiles * voxelBytes;
  for (let plane = firstPlane; plane < firstPlane + planes; plane++) {
    if (plane < 0 || plane >= depth) {
      for (let point = 0; point < POINTS * POINTS; point++) {
        memory.fill(to + pointStep * <usize> point, 0, tileRowBytes * <usize> tileRows);
      }
      to += tileRowBytes * <usize> tileRows;
      continue;
    }
    const xPlane = x + <usize> plane * <usize> height * rowBytes;
    for (let tileRow = firstTileRow; tileRow < firstTileRow + tileRows; tileRow++) {
      const top = tileRow * OUTPUTS - 1;
      let x0 = top < 0 ? zeros : xPlane + <usize> top * rowBytes;
      let x1 = xPlane + <usize> (top + 1) * rowBytes;
      let x2 = top + 2 < height ? xPlane + <usize> (top + 2) * rowBytes : zeros;
      let x3 = top + 3 < height ? xPlane + <usize> (top + 3) * rowBytes : zeros;
      let x4 = top + 4 < height ? xPlane + <usize> (top + 4) * rowBytes : zeros;
      let x5 = top + 5 < height ? xPlane + <usize> (top + 5) * rowBytes : zeros;
      let column = work + voxelBytes;
      const end = column + rowBytes;
      while (column < end) {
        spreadInput(
          v128.load(x0),
          v128.load(x1),
          v128.load(x2),
          v128.load(x3),
          v128.load(x4),
          v128.load(x5),
          column,
          workRow,
        );
        x0 += 16;
        x1 += 16;
        x2 += 16;
        x3 += 16;
        x4 += 16;
        x5 += 16;
        column += 16;
      }
      for (let i = 0; i < POINTS; i++) {
        let from = work + workRow * <usize> i;
        let target = to + pointStep * <usize> (i * POINTS);
        const end = target + tileRowBytes;
        while (target < end) {
          const tileEnd = target + voxelBytes;
          while (target < tileEnd) {
            spreadInput(
              v128.load(from),
              v128.load(from + voxelBytes),
              v128.load(from + voxelBytes * 2),
              v128.load(from + voxelBytes * 3),
              v128.load(from + voxelBytes * 4),
              v128.load(from + voxelBytes * 5),
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
  }
}

/**
 * The outputs of `planes` planes from their points, to y: the first of the planes, [height, width, channels] each.
 * `work` is 24 tiles channels floats.
 */
export function winogradOutput(
  points: usize,
  pointStep: usize,
  planes: i32,
  height: i32,
  width: i32,
  channels: i32,
  firstTileRow: i32,
  tileRows: i32,
  y: usize,
  work: usize,
): void {
  const tiles = (width + OUTPUTS - 1) / OUTPUTS;
  const voxelBytes = <usize> channels << 2;
  const rowBytes = <usize> width * voxelBytes;
  const tileRowBytes = <usize> tiles * voxelBytes;
  const workRow = tileRowBytes * POINTS;
  const pointRow = pointStep * POINTS;
  for (let plane = 0; plane < planes; plane++) {
    for (let tileRow = firstTileRow; tileRow < firstTileRow + tileRows; tileRow++) {
      for (let j = 0; j < POINTS; j++) {
        let from = points + pointStep * <usize> j;
        let target = work + tileRowBytes * <usize> j;
        const end = target + tileRowBytes;
        while (target < end) {
          gatherOutput(
            v128.load(from),
            v128.load(from + pointRow),
            v128.load(from + pointRow * 2),
            v128.load(from + pointRow * 3),
            v128.load(from + pointRow * 4),
            v128.load(from + pointRow * 5),
            target,
            workRow,
            OUTPUTS,
          );
          from += 16;
          target += 16;
        }
      }
      const top = tileRow * OUTPUTS;
      const rows = min(OUTPUTS, height - top);
      for (let row = 0; row < rows; row++) {
        let from = work + workRow * <usize> row;
        let target = y + <usize> (top + row) * rowBytes;
        for (let column = 0; column < width; column += OUTPUTS) {
          const count = min(OUTPUTS, width - column);
          const end = from + voxelBytes;
          while (from < end) {
            gatherOutput(
              v128.load(from),
              v128.load(from + tileRowBytes),
              v128.load(from + tileRowBytes * 2),
              v128.load(from + tileRowBytes * 3),
              v128.load(from + tileRowBytes * 4),
              v128.load(from + tileRowBytes * 5),
              target,
              voxelBytes,
              count,
            );
            from += 16;
            target += 16;
          }
          target += voxelBytes * 3;
        }
      }
      points += tileRowBytes;
    }
    y += <usize> height * rowBytes;
  }
}
