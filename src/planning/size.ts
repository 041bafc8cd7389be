/**
 * Spacing, patch and network of a size, and which size a budget has enough steps for.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { shapeAt } from "./network.ts";
import { type PatchPlan, planPatch } from "./patch.ts";
import { coarsen, planSpacing } from "./preparation.ts";
import { PLANNING, type Size } from "./table.ts";

/** What is given, and is not planned. */
export interface GivenSize {
  /** The most voxels of the median volume, whatever the size. */
  voxelBudget?: number;
  /** What is kept of each volume about its middle, mm, x, y, z. */
  crop?: Triple;
}

/** Spacing, patch and network. */
export interface SizePlan extends PatchPlan {
  /** To which every volume is brought, mm, x, y, z. */
  spacing: Triple;
  /** Channels of the finest level. */
  baseFilters: number;
  /** Patches a step of fine-tuning. */
  batch: number;
}

/** What one `size` makes of volumes. */
export function planSize(fingerprint: Fingerprint, size: Size, { voxelBudget, crop }: GivenSize = {}): SizePlan {
  const { patchVoxels, baseFilters } = size;
  const structures = longestStructures(fingerprint);
  const room = structures === undefined ? 1 : PLANNING.roomAround;
  const plain = planSpacing(fingerprint, { crop, voxelBudget: voxelBudget ?? room * size.volumeVoxels });
  const isPlanned = structures !== undefined && voxelBudget === undefined;
  const spacing = isPlanned ? covering(plain, structures, patchVoxels) : plain;
  const shape = shapeAt(fingerprint, spacing, crop);
  const reversed = ([x, y, z]: Triple): Triple => [z, y, x];
  const patch = planPatch({
    ...{ shape, patchVoxels, spacing: reversed(spacing) },
    ...(structures && { structures: reversed(structures) }),
  });
  return { spacing, ...patch, baseFilters, batch: batchOf(patch.patch, shape, patchVoxels) };
}

/** Along x, y, z, the longest of the structures, each of the length in the middle; undefined: not known. */
function longestStructures({ structures = {} }: Fingerprint): Triple | undefined {
  const [first, ...others] = Object.values(structures).map(({ extent: [x, y, z] }): Triple => [
    x.upper,
    y.upper,
    z.upper,
  ]);
  return others.reduce(([ax, ay, az], [x, y, z]) => [Math.max(ax, x), Math.max(ay, y), Math.max(az, z)], first);
}

/** `spacing`, as much coarser as patches need that are to cover the structures, within bounds. */
function covering(spacing: Triple, structures: Triple, patchVoxels: number): Triple {
  const { margin, mostCoarsening } = PLANNING;
  const [x, y, z] = structures;
  const bound = patchVoxels * mostCoarsening ** 3;
  const wanted = (margin * x / spacing[0]) * (margin * y / spacing[1]) * (margin * z / spacing[2]);
  const budget = wanted > bound ? patchVoxels * wanted / bound : patchVoxels;
  return coarsen(spacing, [margin * x, margin * y, margin * z], budget);
}

/** More patches where each is a whole volume already. */
function batchOf(patch: Triple, shape: Triple, patchVoxels: number): number {
  const { batch, mostBatch, shortestHalved } = PLANNING;
  if (!patch.every((voxels, axis) => voxels > shape[axis] - shortestHalved)) return batch;
  return Math.max(batch, Math.min(mostBatch, Math.floor(batch * patchVoxels / (patch[0] * patch[1] * patch[2]))));
}

/** Voxels and channels of each level of the network, the finest first. */
function levelsOf({ patch, pool, baseFilters }: Pick<SizePlan, "patch" | "pool" | "baseFilters">) {
  let voxels = patch[0] * patch[1] * patch[2];
  return [[1, 1, 1] as Triple, ...pool].map(([z, y, x], level) => {
    voxels /= z * y * x;
    return { voxels, filters: baseFilters * 2 ** level };
  });
}

/** Multiplications of a step of training, but for a factor: what its time is nearly proportional to. */
export function workOf(plan: SizePlan): number {
  const each = levelsOf(plan).reduce((sum, { voxels, filters }) => sum + voxels * filters * (filters + 4), 0);
  return plan.batch * each; // 4: what a voxel costs beside its convolutions, in channels
}

/**
 * Bytes that a step of training takes, roughly.
 *
 * @param patches of a step
 */
export function memoryOf(plan: SizePlan, patches: number): number {
  const values = levelsOf(plan).reduce((sum, { voxels, filters }) => sum + voxels * filters, 0);
  return 4 * patches * PLANNING.mapsKept * values;
}

/** What {@linkcode chooseSize} decides by. */
export interface SizeBudget {
  /** For fine-tuning and for tests. */
  seconds: number;
  /** The most bytes that a training step may take. */
  memory: number;
  /** Patches of a step, of pre-training or fine-tuning, whichever has more. */
  patches: number;
  /** How many steps are enough. @default PLANNING.enoughSteps */
  steps?: number;
}

/** A size and what it took when it was measured. */
export interface MeasuredSize {
  /** What was measured. */
  plan: SizePlan;
  /** Of a step of fine-tuning of all networks that are fine-tuned one after another. */
  stepSeconds: number;
  /** Of all tests. */
  testSeconds: number;
}

/**
 * The largest size that leaves time for enough steps and fits the memory, the smallest where none does: steps and tests
 * are taken to be as much slower as their work is more.
 */
export function chooseSize(
  fingerprint: Fingerprint,
  { plan: measured, stepSeconds, testSeconds }: MeasuredSize,
  { seconds, memory, patches, steps: enough = PLANNING.enoughSteps, ...given }: SizeBudget & GivenSize,
): SizePlan {
  const plans = PLANNING.sizes.map((size) => planSize(fingerprint, size, given));
  const testWorkOf = (plan: SizePlan) => {
    const voxelsOf = ([z, y, x]: Triple) => z * y * x;
    const shape = shapeAt(fingerprint, plan.spacing, given.crop);
    return voxelsOf(shape) * workOf(plan) / (plan.batch * voxelsOf(plan.patch));
  };
  const fits = (plan: SizePlan) => {
    const left = seconds - testSeconds * testWorkOf(plan) / testWorkOf(measured);
    const steps = left / (stepSeconds * workOf(plan) / workOf(measured));
    return steps >= enough && memoryOf(plan, Math.max(patches, plan.batch)) <= memory;
  };
  return plans.findLast(fits) ?? plans[0];
}
