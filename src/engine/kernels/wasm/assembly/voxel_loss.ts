// Softmax over the classes of each voxel, with the sums of which cross-entropy and Dice are made, and the gradient.
// Tensors are [voxels][classes], labels int32 [voxels] and below `classes`.

import { exponential, logarithm } from "./_exponential";

/** Voxels of a strip: the kernel works on [classes][STRIP] of them at a time. */
// @ts-ignore: decorator
@inline
const STRIP: i32 = 128;
// @ts-ignore: decorator
@inline
const ROW: usize = 512; // bytes: STRIP float32

/**
 * p: the softmax of each voxel's logits. sums: float64 [3][classes], over the voxels: of p where the class is the
 * label, of p, and of -log p where the class is the label. scratch: 512 * (classes + 2) bytes.
 */
export function softmaxSums(
  logits: usize,
  labels: usize,
  p: usize,
  voxels: i32,
  classes: i32,
  sums: usize,
  scratch: usize,
): void {
  const sumBytes = <usize> classes << 3;
  const voxelBytes = <usize> classes << 2;
  const peaks = scratch + ROW * <usize> classes;
  const logs = peaks + ROW;
  memory.fill(sums, 0, sumBytes * 3);
  for (let first = 0; first < voxels; first += STRIP) {
    const count = min(STRIP, voxels - first);
    const end = <usize> ((count + 3) & ~3) << 2;
    transpose(logits, scratch, count, classes, end);
    for (let i: usize = 0; i < end; i += 16) {
      let peak = v128.load(scratch + i);
      for (let c = 1; c < classes; c++) peak = f32x4.max(peak, v128.load(scratch + ROW * <usize> c + i));
      let total = f32x4.splat(0);
      for (let c = 0; c < classes; c++) {
        const at = scratch + ROW * <usize> c + i;
        const value = exponential(f32x4.sub(v128.load(at), peak));
        v128.store(at, value);
        total = f32x4.add(total, value);
      }
      v128.store(peaks + i, peak);
      v128.store(logs + i, logarithm(total));
      const scale = f32x4.div(f32x4.splat(1), total);
      for (let c = 0; c < classes; c++) {
        const at = scratch + ROW * <usize> c + i;
        v128.store(at, f32x4.mul(v128.load(at), scale));
      }
    }
    for (let c = 0; c < classes; c++) {
      const row = scratch + ROW * <usize> c;
      memory.fill(row + (<usize> count << 2), 0, end - (<usize> count << 2)); // what fills up the last vector
      let sum = f32x4.splat(0);
      for (let i: usize = 0; i < end; i += 16) sum = f32x4.add(sum, v128.load(row + i));
      const to = sums + sumBytes + (<usize> c << 3);
      store<f64>(
        to,
        load<f64>(to) + <f64> f32x4.extract_lane(sum, 0) + <f64> f32x4.extract_lane(sum, 1) +
          <f64> f32x4.extract_lane(sum, 2) + <f64> f32x4.extract_lane(sum, 3),
      );
    }
    for (let v: usize = 0; v < <usize> count; v++) {
      const label = <usize> load<i32>(labels + (v << 2));
      const to = sums + (label << 3);
      store<f64>(to, load<f64>(to) + <f64> load<f32>(scratch + ROW * label + (v << 2)));
      const below = <f64> load<f32>(peaks + (v << 2)) - <f64> load<f32>(logits + v * voxelBytes + (label << 2));
      store<f64>(to + sumBytes * 2, load<f64>(to + sumBytes * 2) + below + <f64> load<f32>(logs + (v << 2)));
    }
    for (let v: usize = 0; v < <usize> count; v++) {
      for (let c: usize = 0; c < <usize> classes; c++) {
        store<f32>(p + (c << 2), load<f32>(scratch + ROW * c + (v << 2)));
      }
      p += voxelBytes;
    }
    logits += voxelBytes * <usize> count;
    labels += <usize> count << 2;
  }
}

/** to: [classes][STRIP] of the `count` voxels at x, filled up with zeros to `end` bytes a row. */
// @ts-ignore: decorator
@inline
function transpose(x: usize, to: usize, count: i32, classes: i32, end: usize): void {
  for (let c: usize = 0; c < <usize> classes; c++) {
    const row = to + ROW * c;
    let from = x + (c << 2);
    for (let v: usize = 0; v < <usize> count; v++) {
      store<f32>(row + (v << 2), load<f32>(from));
      from += <usize> classes << 2;
    }
    memory.fill(row + (<usize> count << 2), 0, end - (<usize> count << 2));
  }
}

/**
 * dx = p_c (a_c - s) - [c is the label y] (p_y b_y + w_y), with s = sum over c of p_c a_c - p_y b_y - w_y.
 *
 * @param factors float32 [3][classes]: a, b, w
 */
export function softmaxGradient(
  p: usize,
  labels: usize,
  dx: usize,
  voxels: i32,
  classes: i32,
  factors: usize,
): void {
  const voxelBytes = <usize> classes << 2;
  for (let voxel = 0; voxel < voxels; voxel++) {
    const y = <usize> load<i32>(labels) << 2;
    const own = load<f32>(p + y) * load<f32>(factors + voxelBytes + y) + load<f32>(factors + voxelBytes * 2 + y);
    let sum = -own;
    for (let c: usize = 0; c < voxelBytes; c += 4) sum += load<f32>(p + c) * load<f32>(factors + c);
    for (let c: usize = 0; c < voxelBytes; c += 4) {
      store<f32>(dx + c, load<f32>(p + c) * (load<f32>(factors + c) - sum));
    }
    store<f32>(dx + y, load<f32>(dx + y) - own);
    p += voxelBytes;
    dx += voxelBytes;
    labels += 4;
  }
}
