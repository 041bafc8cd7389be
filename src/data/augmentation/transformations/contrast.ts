/** Contrast: intensities moved from or to their mean, their range kept. */
import type { Transformation } from "../transformation.ts";

/** Every intensity's distance from the mean times `factor`, no value beyond the lowest and highest of before. */
export function scaleContrast(image: Float32Array, factor: number): Float32Array {
  let [sum, low, high] = [0, Infinity, -Infinity];
  for (let i = 0; i < image.length; i++) {
    const value = image[i];
    sum += value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const mean = sum / image.length;
  const result = new Float32Array(image.length);
  for (let i = 0; i < image.length; i++) {
    const value = mean + factor * (image[i] - mean);
    result[i] = value < low ? low : value > high ? high : value;
  }
  return result;
}

/** Draws the factor. */
export const contrast: Transformation = {
  name: "contrast",
  change: (image, { draw }) => scaleContrast(image, draw()),
};
