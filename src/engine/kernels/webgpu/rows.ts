/**
 * How workgroups walk over tensors of rows: neighbouring threads read neighbouring columns, so that what they read lies
 * side by side in memory.
 *
 * @module
 */

/** Threads of a workgroup that walks over rows. */
export const rowThreads = 256;

/** Threads beside each other along a row of `columns`: the power of two that covers it, 64 at most. */
export function lanesFor(columns: number): number {
  return Math.min(64, 2 ** Math.ceil(Math.log2(columns)));
}

/** WGSL: `total(thread, value)`, the sum of a workgroup's values, which all its threads get. */
export function totalFunction(threads: number): string {
  return `
var<workgroup> parts: array<f32, ${threads}>;
fn total(thread: i32, value: f32) -> f32 {
  workgroupBarrier();
  parts[thread] = value;
  for (var half = ${threads} / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) { parts[thread] += parts[thread + half]; }
  }
  workgroupBarrier();
  return parts[0];
}`;
}
