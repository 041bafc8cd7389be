/**
 * What a random change of intensities is: something that a scanner or a reconstruction changes and anatomy does not.
 * `transformations/registry.ts` lists them.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";

/** What a transformation knows beside the image. */
export interface TransformationContext {
  /** Voxels along z, y, x. */
  readonly shape: Triple;
  /** The axis across thick slices, as `slices.ts` finds it; undefined where slices are not thick. */
  readonly across: number | undefined;
  /** How much is changed: a number from the range, another at each call. */
  readonly draw: () => number;
  /** What else is drawn. */
  readonly rng: Rng;
}

/** A way to change intensities, those of one channel. */
export interface Transformation {
  /** By which sets of augmentations name it. */
  readonly name: string;
  /** The changed image, [z, y, x]; the one that is given stays as it is. */
  change(image: Float32Array, context: TransformationContext): Float32Array;
}

/** When, and how much; plain data, which threads take over. */
export interface RandomTransformation {
  /** The transformation's name. */
  readonly name: string;
  /** How often it happens to a channel, from 0 to 1. */
  readonly probability: number;
  /**
   * From where to where it is drawn how much: uniform; where 1 lies inside, which changes nothing, below it as often as
   * above.
   */
  readonly range: readonly [number, number];
}

/** A number of the range. */
export function drawFrom([low, high]: readonly [number, number], rng: Rng): number {
  if (!(low < 1 && high > 1)) return rng.uniform(low, high);
  return rng.chance(0.5) ? rng.uniform(low, 1) : rng.uniform(1, high);
}
