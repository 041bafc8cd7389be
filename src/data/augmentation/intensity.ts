/**
 * Random intensities: what scanners change and anatomy does not.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import { channelOf } from "../channels.ts";
import type { Patch } from "../patches.ts";
import { gaussianBlur } from "./transformations/gaussian_blur.ts";
import { addNoise } from "./transformations/gaussian_noise.ts";
import { applyGamma } from "./transformations/gamma.ts";

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

/**
 * A patch with its own image: gamma, then scale and shift, inversion, blur, noise, each channel for itself; label and
 * geometry are shared.
 */
export function augmentIntensity(patch: Patch, options: IntensityAugmentation, rng: Rng): Patch {
  const { image, channels } = patch;
  if (channels === 1) return augmentChannel(patch, options, rng);
  const changed = new Float32Array(image.length);
  for (let index = 0; index < channels; index++) {
    const channel = { ...patch, channels: 1, image: channelOf(image, index, channels) };
    channelOf(changed, index, channels).set(augmentChannel(channel, options, rng).image);
  }
  return { ...patch, image: changed };
}

/** {@linkcode augmentIntensity} of one channel. */
function augmentChannel(patch: Patch, options: IntensityAugmentation, rng: Rng): Patch {
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
