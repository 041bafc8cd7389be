/**
 * The augmented patches of one step of fine-tuning.
 *
 * @module
 */
import { Rng } from "../core/rng.ts";
import type { Triple } from "../core/triple.ts";
import { augmentIntensity, type IntensityAugmentation } from "../data/augmentation/intensity.ts";
import type { GeometryAugmentation } from "../data/augmentation/geometry.ts";
import { samplePatch } from "../data/patches.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { voxelCount } from "../data/volume.ts";

/** Random changes to what the network is shown; see src/data for each field. */
export interface Augmentation {
  /** Turns, scales and mirrors patches. @default none */
  readonly geometry?: GeometryAugmentation;
  /** Changes intensities. @default none */
  readonly intensity?: IntensityAugmentation;
}

/**
 * Mild changes that hold for any organ: no flips, since left and right or front and back can be different structures.
 */
export const DEFAULT_AUGMENTATION: Augmentation = {
  geometry: { rotation: 15, scale: [0.85, 1.18] },
  intensity: { gamma: [0.7, 1.4], scale: [0.8, 1.25], shift: 0.2, noise: 0.1, blur: 0.7, probability: 0.3 },
};

/** What all batches of a training have in common. */
export interface BatchInput {
  /** Labelled cases. */
  readonly cases: readonly PreparedCase[];
  /** Patches a batch. */
  readonly batch: number;
  /** Voxels of a patch along z, y, x. */
  readonly patch: Triple;
  /** How often a patch is centred on a labelled voxel. */
  readonly foregroundProbability: number;
  /** What is done to each patch. */
  readonly augmentation: Augmentation;
}

/** Which batch. */
export interface BatchRequest {
  /** Decides cases, patches and augmentation. */
  readonly seed: number;
}

/** Patches with their labels. */
export interface Batch {
  /** [batch, depth, height, width] */
  readonly image: Float32Array<ArrayBuffer>;
  /** [batch, depth, height, width], classes, `IGNORED` where nobody annotated the voxel */
  readonly label: Uint8Array<ArrayBuffer>;
  /** The cases that they are of. */
  readonly ids: readonly string[];
}

/** Draws the batch of a request: cases in turn from a random start, so that each is seen as often as the others. */
export function batchesFrom(input: BatchInput): (request: BatchRequest) => Batch {
  const { cases, batch, patch, foregroundProbability, augmentation: { geometry, intensity } } = input;
  const voxels = voxelCount(patch);
  return ({ seed }) => {
    const rng = new Rng(seed);
    const image = new Float32Array(batch * voxels), label = new Uint8Array(batch * voxels);
    const turns = Array.from({ length: Math.ceil(batch / cases.length) }, () => rng.shuffle(cases));
    const drawn = turns.flat().slice(0, batch);
    drawn.forEach((prepared, index) => {
      const plain = samplePatch(prepared, { shape: patch, rng, foregroundProbability, geometry });
      const shown = intensity ? augmentIntensity(plain, intensity, rng) : plain;
      image.set(shown.image, index * voxels);
      label.set(shown.label!, index * voxels);
    });
    return { image, label, ids: drawn.map(({ id }) => id) };
  };
}
