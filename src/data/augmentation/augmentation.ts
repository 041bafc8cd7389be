/**
 * What may be done to the patches that a network is trained on: plain data, which threads take over.
 *
 * @module
 */
import type { GeometryAugmentation } from "./geometry.ts";
import type { IntensityAugmentation } from "./intensity.ts";
import type { RandomTransformation } from "./transformation.ts";

/** Random changes to what the network is shown; what is absent does not happen. */
export interface Augmentation {
  /** Turns, scales, bends and mirrors patches. */
  readonly geometry?: GeometryAugmentation;
  /** Changes intensities, those of all channels. */
  readonly intensity?: IntensityAugmentation;
  /** Changes intensities one after another, drawn for each channel; after `intensity`. */
  readonly transformations?: readonly RandomTransformation[];
}

/** Augmentation that has a name. */
export interface AugmentationSet {
  /** By which configurations choose it. */
  readonly name: string;
  /** What it does. */
  readonly augmentation: Augmentation;
}
