/**
 * The augmented patches of one step of fine-tuning.
 *
 * @module
 */
import { Rng } from "../core/rng.ts";
import type { Triple } from "../core/triple.ts";
import type { Augmentation } from "../data/augmentation/augmentation.ts";
import { augmentedPatch } from "../data/augmentation/augmented_patch.ts";
import { channelsOfCases, writeChannelsLast } from "../data/channels.ts";
import { heldClasses } from "../data/foreground.ts";
import { sharesOfLabels } from "../data/occupancy.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { caseWeights, drawWeighted } from "../data/rare_classes.ts";
import { voxelCount } from "../data/volume.ts";
import { inTurn } from "./_turns.ts";

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
  /** How much oftener cases of rare classes are drawn, from 0 to 1; see `caseWeights`. @default 0 */
  readonly oversampling?: number;
  /** Whether shares of classes are given, too, where cases have them. @default false */
  readonly softLabels?: boolean;
}

/** Which batch. */
export interface BatchRequest {
  /** Decides cases, patches and augmentation. */
  readonly seed: number;
}

/** Patches with their labels. */
export interface Batch {
  /** [batch, depth, height, width, channels] */
  readonly image: Float32Array<ArrayBuffer>;
  /** Channels of the images. */
  readonly channels: number;
  /** [batch, depth, height, width], classes, `IGNORED` where nobody annotated the voxel */
  readonly label: Uint8Array<ArrayBuffer>;
  /** [batch, depth, height, width, classes], the share of each class in each voxel, where a case has any. */
  readonly shares?: Float32Array<ArrayBuffer>;
  /** The cases that they are of. */
  readonly ids: readonly string[];
}

/**
 * Draws the batch of a request: cases in turn from a random start, so that each is seen as often as the others; where
 * cases of rare classes are to be seen oftener, by their weights.
 */
export function batchesFrom(input: BatchInput): (request: BatchRequest) => Batch {
  const { cases, batch, patch, foregroundProbability, augmentation, oversampling = 0, softLabels } = input;
  const { classes = 0 } = (softLabels && cases.find(({ occupancy }) => occupancy)?.occupancy) || {};
  const weights = oversampling > 0 ? caseWeights(cases.map(heldClasses), oversampling) : undefined;
  const voxels = voxelCount(patch);
  const channels = channelsOfCases(cases);
  return ({ seed }) => {
    const rng = new Rng(seed);
    const image = new Float32Array(batch * voxels * channels), label = new Uint8Array(batch * voxels);
    const shares = classes > 0 ? new Float32Array(batch * voxels * classes) : undefined;
    const drawn = weights ? drawWeighted(cases, weights, batch, rng) : inTurn(cases, batch, rng);
    drawn.forEach((prepared, index) => {
      const shown = augmentedPatch(prepared, { shape: patch, rng, foregroundProbability, augmentation, softLabels });
      writeChannelsLast(shown.image, channels, image, index * voxels * channels);
      label.set(shown.label!, index * voxels);
      shares?.set(shown.shares ?? sharesOfLabels(shown.label!, classes), index * voxels * classes);
    });
    return { image, channels, label, ...(shares && { shares }), ids: drawn.map(({ id }) => id) };
  };
}
