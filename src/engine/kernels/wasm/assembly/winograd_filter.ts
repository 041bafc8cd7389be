// The filters of winograd.ts, and their gradient.

import { POINTS, spreadFilter } from "./_winograd";

/** Four floats, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function loadApart(from: usize, step: usize): v128 {
  if (step == 4) return v128.load(from);
  let values = v128.load32_zero(from);
  values = v128.load_lane<f32>(from + step, values, 1);
  values = v128.load_lane<f32>(from + step * 2, values, 2);
  return v128.load_lane<f32>(from + step * 3, values, 3);
}

/**
 * The points of a filter [kernelDepth, 3, 3, in, out]: [36][ceil(out / 8)][kernelDepth][in][8], the last block filled
 * up with zeros, `pointStep` bytes from point to point; `blocks` blocks of them from `firstBlock` on. The steps are
 * those of `filter` in bytes from tap to tap along each axis and from channel to channel; below 0 they turn the kernel
 * around. `work` is 288 bytes.
 */
export function winogradFilter(
  filter: usize,
  kernelDepth: i32,
  depthStep: i32,
  heightStep: i32,
  widthStep: i32,
  inStep: i32,
  outStep: i32,
  channelsIn: i32,
  channelsOut: i32,
  to: usize,
  pointStep: usize,
  firstBlock: i32,
  blocks: i32,
  work: usize,
): void {
  for (let block = firstBlock; block < firstBlock + blocks; block++) {
    let target = to + <usize> block * <usize> (channelsIn * kernelDepth) * 32;
    for (let depth = 0; depth < kernelDepth; depth++) {
      for (let channel = 0; channel < channelsIn; channel++) {
        for (let half = 0; half < 8; half += 4) {
          const out = block * 8 + half;
          if (out < channelsOut) {
            const from = filter + <usize> (depth * depthStep + channel * inStep + out * outStep);
            // [3][3] to [6][3]
            for (let k = 0; k < 3; k++) {
              const column = from + <usize> (k * widthStep);
              spreadFilter(
                loadApart(column, outStep),
                loadApart(column + heightStep, outStep),
                loadApart(column + heightStep * 2, outStep),
                work + (<usize> k << 4),
                48,
              );
            }
            for (let i = 0; i < POINTS; i++) {
              const row = work + <usize> i * 48;
              spreadFilter(
                v128.load(row),
                v128.load(row, 16),
                v128.load(row, 32),
                target + pointStep * <usize> (i * POINTS),
                pointStep,
              );
            }
          } else {
            for (let point = 0; point < POINTS * POINTS; point++) {
              v128.store(target + pointStep * <usize> point, f32x4.splat(0));
            }
          }
          target += 16;
        }
      }
    }
  }
}
