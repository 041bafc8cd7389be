/** Simulated low resolution: fewer voxels, and back. */
import { perAxis, type Triple } from "../../../core/triple.ts";
import type { Transformation } from "../transformation.ts";

/**
 * The image as if it had been taken with `scale` times as many voxels along each axis (at least one), each the value at
 * its centre, and brought back linearly, the outermost continued to the border.
 */
export function lowerResolution(image: Float32Array, shape: Triple, scale: Triple): Float32Array {
  const strides = [shape[1] * shape[2], shape[2], 1];
  let current = image.slice();
  for (let axis = 0; axis < 3; axis++) {
    const kept = Math.max(1, Math.round(shape[axis] * scale[axis]));
    if (kept < shape[axis]) current = alongAxis(current, shape[axis], strides[axis], kept);
  }
  return current;
}

/** Along one axis: the image seen as [outer, extent, stride]. */
function alongAxis(image: Float32Array, extent: number, stride: number, kept: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(image.length);
  const source = (index: number) => Math.floor((index + 0.5) * extent / kept);
  for (let i = 0; i < extent; i++) {
    const place = Math.min(Math.max((i + 0.5) * kept / extent - 0.5, 0), kept - 1);
    const before = Math.floor(place);
    const weight = place - before;
    const [first, second] = [source(before) * stride, source(Math.min(before + 1, kept - 1)) * stride];
    for (let start = 0; start < image.length; start += extent * stride) {
      const to = start + i * stride;
      for (let k = 0; k < stride; k++) {
        const value = image[start + first + k];
        result[to + k] = value + weight * (image[start + second + k] - value);
      }
    }
  }
  return result;
}

/** Draws the scale, one for all axes but that across thick slices, which stays as it is. */
export const lowResolution: Transformation = {
  name: "low-resolution",
  change(image, { shape, across, draw }) {
    const scale = draw();
    return lowerResolution(image, shape, perAxis((axis) => axis === across ? 1 : scale));
  },
};
