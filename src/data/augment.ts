/**
 * Random intensities: what scanners change and anatomy does not.
 *
 * @module
 */
import type { Rng } from "../core/rng.ts";
import type { Triple } from "../core/triple.ts";
import type { Patch } from "./patches.ts";

/**
 * Random intensity changes; what is absent does not happen. Values are those of a normalised volume: mean 0, deviation
 * 1.
 */
export interface IntensityAugmentation {
  /** Range of the exponent on intensities brought to [0, 1], log-uniform. @default [1, 1] */
  readonly gamma?: readonly [number, number];
  /** Probability that intensities are inverted before and after gamma. @default 0 */
  readonly invertedGamma?: number;
  /** Range of the factor on the contrast, log-uniform. @default [1, 1] */
  readonly scale?: readonly [number, number];
  /** Greatest shift of all intensities. @default 0 */
  readonly shift?: number;
  /** Greatest standard deviation of Gaussian noise, uniform from 0. @default 0 */
  readonly noise?: number;
  /** Greatest standard deviation in voxels of Gaussian blur, uniform from 0. @default 0 */
  readonly blur?: number;
  /** Probability with which each of gamma, scale and shift, blur, noise happens. @default 1 */
  readonly probability?: number;
  /** Probability that the contrast is inverted. @default 0 */
  readonly invert?: number;
}

/** A patch with its own image: gamma, then scale and shift, inversion, blur, noise; label and geometry are shared. */
export function augmentIntensity(patch: Patch, options: IntensityAugmentation, rng: Rng): Patch {
  const {
    gamma = [1, 1],
    invertedGamma = 0,
    scale = [1, 1],
    shift = 0,
    noise = 0,
    blur = 0,
    probability = 1,
    invert = 0,
  } = options;
  let image = patch.image.slice();
  if (isRange(gamma) && rng.chance(probability)) applyGamma(image, logUniform(gamma, rng), rng.chance(invertedGamma));
  if ((isRange(scale) || shift > 0) && rng.chance(probability)) {
    const factor = logUniform(scale, rng);
    const offset = rng.uniform(-shift, shift);
    for (let i = 0; i < image.length; i++) image[i] = image[i] * factor + offset;
  }
  if (invert > 0 && rng.chance(invert)) { for (let i = 0; i < image.length; i++) image[i] = -image[i]; }
  if (blur > 0 && rng.chance(probability)) image = gaussianBlur(image, patch.shape, rng.uniform(0, blur));
  if (noise > 0 && rng.chance(probability)) {
    addNoise(image, rng.uniform(0, noise), rng);
  }
  return { ...patch, image };
}

function isRange([low, high]: readonly [number, number]): boolean {
  return low !== 1 || high !== 1;
}

function logUniform([low, high]: readonly [number, number], rng: Rng): number {
  return low === high ? low : Math.exp(rng.uniform(Math.log(low), Math.log(high)));
}

/**
 * Steps of the table by which {@linkcode applyGamma} bends intensities; a power of each voxel takes ten times as long.
 */
const GAMMA_STEPS = 4096;

function applyGamma(image: Float32Array, exponent: number, inverted: boolean): void {
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

/** Normal values of equal probability, in ascending order: noise needs no finer ones, and looks them up. */
const NORMAL_QUANTILES = normalQuantiles(1 << 16);

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

/** Adds Gaussian noise; one random number serves two voxels. */
function addNoise(image: Float32Array, deviation: number, rng: Rng): void {
  for (let i = 0; i < image.length; i += 2) {
    const bits = rng.int(2 ** 32);
    image[i] += deviation * NORMAL_QUANTILES[bits >>> 16];
    if (i + 1 < image.length) image[i + 1] += deviation * NORMAL_QUANTILES[bits & 0xffff];
  }
}

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
