/**
 * The unlabelled patches of one step: as the teacher sees them, and as the student does.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";
import type { Augmentation } from "../../data/augmentation/augmentation.ts";
import { changeIntensities } from "../../data/augmentation/augmented_patch.ts";
import type { GeometryAugmentation } from "../../data/augmentation/geometry.ts";
import { channelsOfCases, writeChannelsLast } from "../../data/channels.ts";
import { samplePatch } from "../../data/patches.ts";
import type { PreparedCase } from "../../data/prepare.ts";
import { voxelCount } from "../../data/volume.ts";
import { inTurn } from "../_turns.ts";
import { mix } from "./mix.ts";
import type { StudentPatch } from "./variant.ts";

/** What the student sees changed of what the teacher has seen: about twice as much as labelled patches are. */
export const STRONG_AUGMENTATION: Augmentation = {
  intensity: { gamma: [0.5, 2], scale: [0.6, 1.6], shift: 0.5, noise: 0.25, blur: 1, probability: 0.5 },
};

/** What all unlabelled batches of a training have in common. */
export interface UnlabelledInput {
  /** Unlabelled cases. */
  readonly cases: readonly PreparedCase[];
  /** Patches a batch. */
  readonly batch: number;
  /** Voxels of a patch along z, y, x. */
  readonly patch: Triple;
  /** How patches are turned and scaled, for teacher and student alike. */
  readonly geometry?: GeometryAugmentation;
  /** How the intensities are changed of what the student sees. */
  readonly strong: Augmentation;
}

/** Patches of which the teacher says the labels. */
export interface UnlabelledBatch {
  /** What the teacher sees, [unlabelled, depth, height, width, channels] */
  readonly image: Float32Array<ArrayBuffer>;
  /** Channels of the images. */
  readonly channels: number;
  /** What the student sees, [planned, depth, height, width, channels] */
  readonly student: Float32Array<ArrayBuffer>;
  /** How it was put together, boxes among it. */
  readonly planned: readonly StudentPatch[];
  /** The cases that the teacher's are of. */
  readonly ids: readonly string[];
}

/**
 * Draws unlabelled patches, and puts what the student sees together as it was planned.
 *
 * @param labelled the step's labelled patches, [labelled, depth, height, width, channels]
 */
export function unlabelledBatch(
  { cases, batch, patch, geometry, strong }: UnlabelledInput,
  planned: readonly StudentPatch[],
  { labelled, rng }: { labelled: Float32Array; rng: Rng },
): UnlabelledBatch {
  const channels = channelsOfCases(cases), size = voxelCount(patch) * channels;
  const drawn = inTurn(cases, batch, rng);
  const image = new Float32Array(batch * size), changed = new Float32Array(batch * size);
  drawn.forEach((prepared, index) => {
    const weak = samplePatch(prepared, { shape: patch, rng, geometry });
    const { image: seen } = changeIntensities(weak, strong, { spacing: prepared.spacing, rng });
    writeChannelsLast(weak.image, channels, image, index * size);
    writeChannelsLast(seen, channels, changed, index * size);
  });
  const student = new Float32Array(planned.length * size);
  mix(planned, { unlabelled: changed, labelled }, student, patch);
  return { image, channels, student, planned, ids: drawn.map(({ id }) => id) };
}
