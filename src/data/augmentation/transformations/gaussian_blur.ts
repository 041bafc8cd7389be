/** Gaussian blur. */
import { perAxis, type Triple } from "../../../core/triple.ts";
import type { Transformation } from "../transformation.ts";

/**
 * Separable, the border voxel continued beyond the border.
 *
 * @param deviation the Gaussian's, in voxels: along all axes, or along z, y, x
 */
export function gaussianBlur(
  image: Float32Array,
  shape: Triple,
  deviation: number | Triple,
): Float32Array<ArrayBuffer> {
  let current = image.slice();
  const strides = [shape[1] * shape[2], shape[2], 1];
  for (let axis = 0; axis < 3; axis++) {
    const kernel = kernelOf(typeof deviation === "number" ? deviation : deviation[axis]);
    if (kernel.length > 1) current = blurAxis(current, shape[axis], strides[axis], kernel);
  }
  return current;
}

/** Sums to 1. */
function kernelOf(deviation: number): Float32Array {
  const radius = Math.ceil(2.5 * deviation);
  if (radius < 1) return Float32Array.of(1);
  const kernel = Float32Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-0.5 * ((i - radius) / deviation) ** 2),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  kernel.forEach((weight, i) => kernel[i] = weight / total);
  return kernel;
}

/** Along one axis: the image seen as [outer, extent, stride]. */
function blurAxis(
  image: Float32Array,
  extent: number,
  stride: number,
  kernel: Float32Array,
): Float32Array<ArrayBuffer> {
  const radius = (kernel.length - 1) / 2;
  const result = new Float32Array(image.length);
  const row = extent * stride;
  const padded = new Float32Array(row + 2 * radius * stride); // a row with its border continued on both sides
  for (let start = 0; start < image.length; start += row) {
    padded.set(image.subarray(start, start + row), radius * stride);
    for (let i = 0; i < radius; i++) {
      padded.copyWithin(i * stride, radius * stride, (radius + 1) * stride);
      padded.copyWithin((radius + extent + i) * stride, (radius + extent - 1) * stride, (radius + extent) * stride);
    }
    for (let tap = 0; tap < kernel.length; tap++) {
      const weight = kernel[tap];
      const shift = tap * stride;
      for (let i = 0; i < row; i++) result[start + i] += weight * padded[shift + i];
    }
  }
  return result;
}

/** Draws the standard deviation in voxels, one for each axis. */
export const blur: Transformation = {
  name: "blur",
  change: (image, { shape, draw }) => gaussianBlur(image, shape, perAxis(draw)),
};
