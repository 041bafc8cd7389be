/** Gaussian noise, by a table. */
import type { Rng } from "../../../core/rng.ts";
import type { Transformation } from "../transformation.ts";

let table: Float32Array | undefined;

/** The quantiles (i + 1/2) / count of the standard normal distribution, by summing its density up. */
function normalQuantiles(count: number): Float32Array {
  const quantiles = new Float32Array(count);
  const [end, width] = [6, 1e-4];
  let below = 0;
  for (let x = -end, i = 0; i < count && x < end; x += width) {
    below += width * Math.exp(-0.5 * (x + width / 2) ** 2) / Math.sqrt(2 * Math.PI);
    while (i < count && below >= (i + 0.5) / count) quantiles[i++] = x + width / 2;
  }
  return quantiles;
}

/** Adds Gaussian noise, in place; one random number serves two voxels. */
export function addNoise(image: Float32Array, deviation: number, rng: Rng): void {
  // normal values of equal probability, in ascending order: noise needs no finer ones, and looks them up
  const quantiles = table ??= normalQuantiles(1 << 16);
  for (let i = 0; i < image.length; i += 2) {
    const bits = rng.int(2 ** 32);
    image[i] += deviation * quantiles[bits >>> 16];
    if (i + 1 < image.length) image[i + 1] += deviation * quantiles[bits & 0xffff];
  }
}

/** Draws the standard deviation. */
export const noise: Transformation = {
  name: "noise",
  change(image, { draw, rng }) {
    const result = image.slice();
    addNoise(result, draw(), rng);
    return result;
  },
};
