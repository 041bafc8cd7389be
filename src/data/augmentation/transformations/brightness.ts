/** Brightness: all intensities times a factor. */
import type { Transformation } from "../transformation.ts";

/** Every intensity times `factor`. */
export function scaleBrightness(image: Float32Array, factor: number): Float32Array {
  const result = new Float32Array(image.length);
  for (let i = 0; i < image.length; i++) result[i] = image[i] * factor;
  return result;
}

/** Draws the factor. */
export const brightness: Transformation = {
  name: "brightness",
  change: (image, { draw }) => scaleBrightness(image, draw()),
};
