/** The transformations of intensities, by name. */
import { Registry } from "../../../core/registry.ts";
import type { Transformation } from "../transformation.ts";
import { brightness } from "./brightness.ts";
import { contrast } from "./contrast.ts";
import { gamma, invertedGamma } from "./gamma.ts";
import { blur } from "./gaussian_blur.ts";
import { noise } from "./gaussian_noise.ts";
import { lowResolution } from "./low_resolution.ts";

/** Those there are. What prepares batches is a thread of its own, which knows the built-in ones only. */
export const transformations: Registry<Transformation> = new Registry("a transformation of intensities", [
  noise,
  blur,
  brightness,
  contrast,
  lowResolution,
  gamma,
  invertedGamma,
]);
