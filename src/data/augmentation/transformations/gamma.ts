/** Gamma: intensities bent by a power, their range kept. */
import type { Transformation } from "../transformation.ts";

/**
 * Steps of the table by which {@linkcode applyGamma} bends intensities; a power of each voxel takes ten times as long.
 */
const GAMMA_STEPS = 4096;

/**
 * Brings intensities to [0, 1] by their lowest and highest, takes the power, and brings them back, in place.
 *
 * @param inverted takes the power of 1 minus the intensity: it bends the bright end in place of the dark one
 */
export function applyGamma(image: Float32Array, exponent: number, inverted: boolean): void {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < image.length; i++) {
    if (image[i] < low) low = image[i];
    if (image[i] > high) high = image[i];
  }
  const range = high - low;
  if (!(range > 0 && range < Infinity)) return;
  // bent[i] is the new value of the old one at i / GAMMA_STEPS between the lowest and the highest, linear in between
  const bent = Float32Array.from({ length: GAMMA_STEPS + 2 }, (_, i) => {
    const unit = Math.min(1, i / GAMMA_STEPS);
    return inverted ? high - range * (1 - unit) ** exponent : low + range * unit ** exponent;
  });
  const scale = GAMMA_STEPS / range;
  for (let i = 0; i < image.length; i++) {
    const at = (image[i] - low) * scale;
    const step = at | 0;
    image[i] = bent[step] + (at - step) * (bent[step + 1] - bent[step]);
  }
}

/** {@linkcode applyGamma} of a copy, whose mean and standard deviation are then brought back to what they were. */
export function gammaKeepingMoments(image: Float32Array, exponent: number, inverted: boolean): Float32Array {
  const result = image.slice();
  const before = momentsOf(image);
  applyGamma(result, exponent, inverted);
  const after = momentsOf(result);
  if (after.deviation === 0) return result;
  const scale = before.deviation / after.deviation;
  for (let i = 0; i < result.length; i++) result[i] = before.mean + scale * (result[i] - after.mean);
  return result;
}

function momentsOf(image: Float32Array): { mean: number; deviation: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < image.length; i++) sum += image[i];
  const mean = sum / image.length;
  for (let i = 0; i < image.length; i++) squares += (image[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / image.length) };
}

/** Draws the exponent. */
export const gamma: Transformation = {
  name: "gamma",
  change: (image, { draw }) => gammaKeepingMoments(image, draw(), false),
};

/** The same on inverted intensities. */
export const invertedGamma: Transformation = {
  name: "inverted-gamma",
  change: (image, { draw }) => gammaKeepingMoments(image, draw(), true),
};
