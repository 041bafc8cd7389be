/** A patch, its geometry and its intensities changed at random. */
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";
import { type Patch, samplePatch, type SamplePatchOptions } from "../patches.ts";
import type { PreparedCase } from "../prepare.ts";
import { voxelCount } from "../volume.ts";
import type { Augmentation } from "./augmentation.ts";
import { augmentIntensity } from "./intensity.ts";
import { axisAcrossSlices } from "./slices.ts";
import { drawFrom } from "./transformation.ts";
import { transformations } from "./transformations/registry.ts";

/** Options of {@linkcode augmentedPatch}. */
export interface AugmentedPatchOptions extends Omit<SamplePatchOptions, "geometry"> {
  /** What is done to it. */
  augmentation: Augmentation;
}

/** Samples a patch as {@linkcode samplePatch} does, then changes its intensities; a pure function of the generator. */
export function augmentedPatch(
  prepared: PreparedCase,
  { augmentation, ...options }: AugmentedPatchOptions,
): Patch {
  const plain = samplePatch(prepared, { ...options, geometry: augmentation.geometry });
  return changeIntensities(plain, augmentation, { spacing: prepared.spacing, rng: options.rng });
}

/** What {@linkcode changeIntensities} needs beside the patch. */
export interface ChangeIntensitiesOptions {
  /** Voxel size along z, y, x in mm. */
  spacing: Triple;
  /** Draws what happens, and how much. */
  rng: Rng;
}

/** The patch with its own image; label and geometry are shared. */
export function changeIntensities(
  patch: Patch,
  { intensity, transformations: steps = [] }: Augmentation,
  { spacing, rng }: ChangeIntensitiesOptions,
): Patch {
  const changed = intensity ? augmentIntensity(patch, intensity, rng) : patch;
  if (steps.length === 0) return changed;
  const { shape } = patch;
  const across = axisAcrossSlices(shape, spacing);
  const image = new Float32Array(changed.image.length);
  const voxels = voxelCount(shape);
  for (let from = 0; from < image.length; from += voxels) {
    let channel = changed.image.subarray(from, from + voxels);
    for (const { name, probability, range } of steps) {
      if (!rng.chance(probability)) continue;
      const draw = () => drawFrom(range, rng);
      channel = transformations.named(name).change(channel, { shape, across, draw, rng });
    }
    image.set(channel, from);
  }
  return { ...changed, image };
}
