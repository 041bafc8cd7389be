/**
 * The planning room: from what volumes are like to spacing, patch and network.
 *
 * @example
 * ```ts
 * import { openDataset, writePhantomCohort } from "../data/mod.ts";
 * import { fingerprintOf, gridsOf, medianOf, planMethod } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * await writePhantomCohort(directory, { sites: 1, casesPerSite: 2 });
 * const { cases } = await openDataset(directory);
 *
 * const { volumes, spacing } = fingerprintOf(await gridsOf(cases, {}));
 * console.log(volumes, spacing.map(medianOf)); // mm, x, y, z
 * const { patch, pool } = await planMethod(cases, { levels: 3, voxelBudget: 50_000 });
 * console.log(patch, pool);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
export type { ConsortiumPlan, ConsortiumSchedule } from "./consortium_plan.ts";
export * from "./fingerprint.ts";
export * from "./network.ts";
export { planDataset, type PlanOptions, planSpacing } from "./preparation.ts";
// types of other rooms that this one speaks of
export type { Triple } from "../core/triple.ts";
export type { Grid, Plan } from "../data/plan.ts";
