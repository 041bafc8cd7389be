/**
 * What the ops refuse.
 *
 * @module
 */

import type { Tensor, Tensor5D } from "../tensors.ts";

/** @throws {RangeError} unless `x` is a float32 tensor of five axes. */
export function requireVolume(op: string, x: Tensor): void {
  if (x.shape.length !== 5) {
    throw new RangeError(`${op}: expected [batch, depth, height, width, channels], got [${x.shape}]`);
  }
  if (x.dtype !== "float32") throw new RangeError(`${op}: the tensor must be float32, got ${x.dtype}`);
}

/** @throws {RangeError} unless `extents` are three positive integers. */
export function requireExtents(op: string, name: string, extents: readonly number[]): void {
  if (extents.length !== 3 || !extents.every((extent) => Number.isInteger(extent) && extent >= 1)) {
    throw new RangeError(`${op}: ${name} must be three positive integers, got [${extents}]`);
  }
}

/** @throws {RangeError} unless `window` is of positive integers and fits into `x`. */
export function requireWindow(op: string, window: readonly number[], x: Tensor5D): void {
  requireExtents(op, "window", window);
  if (window.some((extent, axis) => extent > x.shape[axis + 1])) {
    throw new RangeError(`${op}: the window [${window}] must fit into x [${x.shape}]`);
  }
}
