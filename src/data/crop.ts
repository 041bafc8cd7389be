/**
 * The middle of a volume: for images that are planned around an organ, a crop to its neighbourhood that needs no label.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";

/** Where a part of a grid lies in the whole; axes in one order throughout, the first the fastest. */
export interface Window {
  /** Of the whole, voxels. */
  readonly whole: Triple;
  /** Of the part, voxels. */
  readonly dims: Triple;
  /** The part's first voxel in the whole. */
  readonly start: Triple;
}

/**
 * The window of `extent` about the middle of a grid; an axis that is shorter is kept whole.
 *
 * @param spacing voxel size, mm
 * @param extent of the window, mm
 */
export function centralWindow(whole: Triple, spacing: Triple, extent: Triple): Window {
  const dims = perAxis((axis) => Math.min(whole[axis], Math.max(1, Math.round(extent[axis] / spacing[axis]))));
  return { whole, dims, start: perAxis((axis) => (whole[axis] - dims[axis]) >> 1) };
}

/** Writes what lies in the window of plane `z` of the whole grid, [y, x], to its place in `part`. */
export function cropPlane<T extends Float32Array | Uint8Array>(plane: T, z: number, window: Window, part: T): void {
  const { whole: [width], dims, start } = window;
  const inPart = z - start[2];
  if (inPart < 0 || inPart >= dims[2]) return;
  for (let y = 0; y < dims[1]; y++) {
    const from = (y + start[1]) * width + start[0];
    part.set(plane.subarray(from, from + dims[0]), (inPart * dims[1] + y) * dims[0]);
  }
}

/** Writes a plane of the part, [y, x], to its place in a plane of the whole grid; what is around it stays. */
export function uncropPlane(part: Float32Array, { whole: [width], dims, start }: Window, plane: Float32Array): void {
  for (let y = 0; y < dims[1]; y++) {
    plane.set(part.subarray(y * dims[0], (y + 1) * dims[0]), (y + start[1]) * width + start[0]);
  }
}
