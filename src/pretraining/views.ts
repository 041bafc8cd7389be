/**
 * The augmented views of one training step.
 *
 * @module
 */
import { Rng } from "../core/rng.ts";
import { perAxis, type Triple } from "../core/triple.ts";
import { augmentIntensity } from "../data/augmentation/intensity.ts";
import { type Patch, samplePatch } from "../data/patches.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { voxelCount } from "../data/volume.ts";
import { volumePosition } from "./_positions.ts";
import type { PretrainConfig } from "./pretrain_config.ts";
import type { PatchPlace } from "./projection.ts";

/** Views of each volume. */
const VIEWS = 2;

/** How far the second of two near views' centre may lie from the first's, in patch extents along each axis. */
const NEAR = 0.25;

/** What all steps have in common. */
export interface ViewsInput {
  /** The site's training volumes. */
  readonly cases: readonly PreparedCase[];
  readonly config: PretrainConfig;
}

/** Which views. */
export interface ViewsRequest {
  /** Indices into the cases. */
  readonly cases: readonly number[];
  /** Decides geometry and intensities. */
  readonly seed: number;
}

/** The augmented patches of one step; volume v's views are at index v of every view. */
export interface Views {
  /** [volumes, depth, height, width] a view */
  readonly images: readonly Float32Array<ArrayBuffer>[];
  /** Where each patch of each view lies. */
  readonly places: readonly (readonly PatchPlace[])[];
}

/** Two views of each case that a request names: geometric and intensity augmentation, drawn for each view anew. */
export function viewsFrom({ cases, config }: ViewsInput): (request: ViewsRequest) => Views {
  const unlabelled = cases.map(({ label: _, ...prepared }) => prepared);
  return ({ cases: chosen, seed }) => {
    const rng = new Rng(seed);
    const patches: Patch[][] = Array.from({ length: VIEWS }, () => []);
    for (const prepared of chosen.map((index) => unlabelled[index])) {
      const first = augmentedPatch(prepared, config, rng);
      const centre = config.views === "near" ? nearCentre(first, prepared, rng) : undefined;
      patches[0].push(first);
      patches[1].push(augmentedPatch(prepared, config, rng, centre));
    }
    return {
      images: patches.map((ofView) => stackPatches(ofView)),
      places: patches.map((ofView, view) => ofView.map(({ toVolume }, volume) => ({ toVolume, volume, view }))),
    };
  };
}

/** The images of patches of one shape, one after another: [patches, depth, height, width]. */
export function stackPatches(patches: readonly Patch[]): Float32Array<ArrayBuffer> {
  const voxels = voxelCount(patches[0].shape);
  const values = new Float32Array(patches.length * voxels);
  patches.forEach(({ image }, index) => values.set(image, index * voxels));
  return values;
}

function augmentedPatch(prepared: PreparedCase, config: PretrainConfig, rng: Rng, centre?: Triple): Patch {
  const { patch: shape, augmentation: { geometry, intensity } } = config;
  return augmentIntensity(samplePatch(prepared, { shape, rng, geometry, centre }), intensity, rng);
}

/** A centre near that of `patch`, inside the volume. */
function nearCentre({ toVolume, shape }: Patch, prepared: PreparedCase, rng: Rng): Triple {
  const middle = volumePosition(toVolume, perAxis((axis) => (shape[axis] - 1) / 2));
  return perAxis((axis) => {
    const reach = NEAR * shape[axis] / prepared.shape[axis];
    return Math.min(1, Math.max(0, middle[axis] + rng.uniform(-reach, reach)));
  });
}
