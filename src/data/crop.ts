/**
 * The middle of a volume: for images that are planned around an organ, a crop to its neighbourhood that needs no label.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import { voxelCount } from "./volume.ts";

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

/** The part of `data` that lies in the window. */
export function crop<T extends Float32Array | Uint8Array>(data: T, window: Window): T {
  const part = new (data.constructor as new (length: number) => T)(voxelCount(window.dims));
  forRows(window, (inWhole, inPart, length) => part.set(data.subarray(inWhole, inWhole + length), inPart));
  return part;
}

/** The whole grid with `part` in the window and `fill` around it. */
export function uncrop(part: Float32Array, window: Window, fill: number): Float32Array {
  const whole = new Float32Array(voxelCount(window.whole)).fill(fill);
  forRows(window, (inWhole, inPart, length) => whole.set(part.subarray(inPart, inPart + length), inWhole));
  return whole;
}

function forRows(
  { whole, dims, start }: Window,
  visit: (inWhole: number, inPart: number, length: number) => void,
): void {
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      const inWhole = ((z + start[2]) * whole[1] + y + start[1]) * whole[0] + start[0];
      visit(inWhole, (z * dims[1] + y) * dims[0], dims[0]);
    }
  }
}
