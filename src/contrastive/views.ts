/**
 * The augmented views of one training step.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../core/rng.ts";
import { augmentIntensity } from "../data/augment.ts";
import { type Patch, samplePatch } from "../data/patches.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { volumePosition } from "./_positions.ts";
import type { PretrainConfig } from "./configuration.ts";
import type { ViewBatch } from "./objectives/objective.ts";

/** Views of each volume. */
const VIEWS = 2;

/** How far the second of two near views' centre may lie from the first's, in patch extents along each axis. */
const NEAR = 0.25;

/** Two views of each case: geometric and intensity augmentation, drawn for each view anew. The tensors are the caller's. */
export function sampleViews(cases: readonly PreparedCase[], config: PretrainConfig, rng: Rng): ViewBatch {
  const patches: Patch[][] = Array.from({ length: VIEWS }, () => []);
  for (const prepared of cases) {
    const first = augmentedPatch(prepared, config, rng);
    const centre = config.views === "near" ? nearCentre(first, prepared, rng) : undefined;
    patches[0].push(first);
    patches[1].push(augmentedPatch(prepared, config, rng, centre));
  }
  return {
    images: patches.map((ofView) => stackPatches(ofView)), // [volumes, depth, height, width, 1] a view
    places: patches.map((ofView, view) => ofView.map(({ toVolume }, volume) => ({ toVolume, volume, view }))),
  };
}

/** Patches of one shape as a tensor [patches, depth, height, width, 1]. */
export function stackPatches(patches: readonly Patch[]): tf.Tensor5D {
  const [depth, height, width] = patches[0].shape;
  const voxels = depth * height * width;
  const values = new Float32Array(patches.length * voxels);
  patches.forEach(({ image }, index) => values.set(image, index * voxels));
  return tf.tensor5d(values, [patches.length, depth, height, width, 1]);
}

type Centre = readonly [number, number, number];

function augmentedPatch(prepared: PreparedCase, config: PretrainConfig, rng: Rng, centre?: Centre): Patch {
  const { patch: shape, augmentation: { geometry, intensity } } = config;
  return augmentIntensity(samplePatch(prepared, { shape, rng, geometry, centre }), intensity, rng);
}

/** A centre near that of `patch`, inside the volume. */
function nearCentre({ toVolume, shape }: Patch, prepared: PreparedCase, rng: Rng): Centre {
  const middle = volumePosition(toVolume, [(shape[0] - 1) / 2, (shape[1] - 1) / 2, (shape[2] - 1) / 2]);
  const along = (axis: number) => {
    const reach = NEAR * shape[axis] / prepared.shape[axis];
    return Math.min(1, Math.max(0, middle[axis] + rng.uniform(-reach, reach)));
  };
  return [along(0), along(1), along(2)];
}
