/** Gaussian blur. */
import type { Triple } from "../../core/triple.ts";

/** Separable, the border voxel continued beyond the border. */
export function gaussianBlur(image: Float32Array, shape: Triple, deviation: number): Float32Array<ArrayBuffer> {
  const radius = Math.ceil(2.5 * deviation);
  let current = image.slice();
  if (radius < 1) return current;
  const kernel = Float32Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-0.5 * ((i - radius) / deviation) ** 2),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  kernel.forEach((weight, i) => kernel[i] = weight / total);
  const strides = [shape[1] * shape[2], shape[2], 1];
  for (let axis = 0; axis < 3; axis++) current = blurAxis(current, shape[axis], strides[axis], kernel);
  return current;
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
