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
