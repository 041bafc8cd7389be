/**
 * The augmented views of one training step.
 *
 * @module
 */
import { Rng } from "../core/rng.ts";
import { perAxis, type Triple } from "../core/triple.ts";
import { augmentIntensity } from "../data/augmentation/intensity.ts";
import { writeChannelsLast } from "../data/channels.ts";
import { type Patch, samplePatch } from "../data/patches.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { volumePosition } from "./_positions.ts";
import type { PretrainConfig } from "./pretrain_config.ts";
import type { PatchPlace } from "./projection.ts";

/** Views of each volume. */
const VIEWS = 2;

/** How far the second of two near views' centre may lie from the first's, in patch extents along each axis. */
const NEAR = 0.25;

/** The share of the first of two overlapping views that the second shows, too, before either is turned or scaled. */
const OVERLAP = [0.4, 0.8] as const;

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
  /** [volumes, depth, height, width, channels] a view */
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
      const centre = CENTRES[config.views]?.(first, prepared, rng);
      patches[0].push(first);
      patches[1].push(augmentedPatch(prepared, config, rng, centre));
    }
    return {
      images: patches.map((ofView) => stackPatches(ofView)),
      places: patches.map((ofView, view) => ofView.map(({ toVolume }, volume) => ({ toVolume, volume, view }))),
    };
  };
}

/** The images of patches of one shape, one after another: [patches, depth, height, width, channels]. */
export function stackPatches(patches: readonly Patch[]): Float32Array<ArrayBuffer> {
  const [{ image: { length }, channels }] = patches;
  const values = new Float32Array(patches.length * length);
  patches.forEach(({ image }, index) => writeChannelsLast(image, channels, values, index * length));
  return values;
}

function augmentedPatch(prepared: PreparedCase, config: PretrainConfig, rng: Rng, centre?: Triple): Patch {
  const { patch: shape, augmentation: { geometry, intensity } } = config;
  return augmentIntensity(samplePatch(prepared, { shape, rng, geometry, centre }), intensity, rng);
}

/** Where the second view's centre is, given the first; anywhere where there is no such rule. */
const CENTRES: Partial<Record<PretrainConfig["views"], (first: Patch, prepared: PreparedCase, rng: Rng) => Triple>> = {
  near: nearCentre,
  overlapping: overlappingCentre,
};

/** A centre near that of `patch`, inside the volume. */
function nearCentre({ toVolume, shape }: Patch, prepared: PreparedCase, rng: Rng): Triple {
  const middle = centreOf({ toVolume, shape });
  return perAxis((axis) => {
    const reach = NEAR * shape[axis] / prepared.shape[axis];
    return Math.min(1, Math.max(0, middle[axis] + rng.uniform(-reach, reach)));
  });
}

/**
 * A centre at which a patch overlaps `first`, a share of the first drawn from {@linkcode OVERLAP}, the shift divided at
 * random over the axes; along an axis on which the volume leaves no room for its part, less far.
 */
function overlappingCentre({ toVolume, shape }: Patch, prepared: PreparedCase, rng: Rng): Triple {
  const middle = centreOf({ toVolume, shape });
  const rooms = perAxis((axis) => Math.max(0, 1 - shape[axis] / prepared.shape[axis]) / 2); // on both sides of 1/2
  const overlap = rng.uniform(...OVERLAP);
  const parts = rooms.map((room) => room > 0 ? rng.uniform(0.05, 1) : 0);
  const total = parts.reduce((sum, part) => sum + part, 0);
  return perAxis((axis) => {
    if (parts[axis] === 0) return middle[axis];
    const shift = (1 - overlap ** (parts[axis] / total)) * shape[axis] / prepared.shape[axis];
    const [low, high] = [0.5 - rooms[axis], 0.5 + rooms[axis]];
    const sides = [middle[axis] - shift, middle[axis] + shift].filter((centre) => centre >= low && centre <= high);
    if (sides.length > 0) return rng.pick(sides);
    return middle[axis] - low > high - middle[axis] ? low : high;
  });
}

/** Of a patch, in normalised volume coordinates. */
function centreOf({ toVolume, shape }: Pick<Patch, "toVolume" | "shape">): Triple {
  return volumePosition(toVolume, perAxis((axis) => (shape[axis] - 1) / 2));
}
