/**
 * What is run of the attacks on weights: what a member may see of another site's round of training, as data.
 *
 * @module
 */
import * as v from "valibot";
import { type PageResult, pageResult } from "../_study_page.ts";
import type { Scores } from "./_detection.ts";

/** What the curious member sees of a round. */
export interface Sight {
  readonly name: string;
  /** Training volumes of each of the sites that it looks at. */
  readonly volumes: number;
  /** Of so many sites it sees the mean of what they add to the weights, and no one's own. */
  readonly among: number;
  /** Epsilon of each site's noise on its update, as `policy.weights` gives it; null: none. */
  readonly epsilon: number | null;
}

/** Of the noise. */
export const DELTA = 1e-5;

/** Sites of one volume each, of whom a member learns most: what protects them is tried on them. */
const ALONE = { volumes: 1, among: 1, epsilon: null };

/** Every row of the table. */
export const sights: readonly Sight[] = Object.freeze([
  { ...ALONE, name: "one site's weights" },
  { ...ALONE, name: "a secure sum, of 2 others", among: 2 },
  { ...ALONE, name: "a secure sum, of 8 others", among: 8 },
  ...[10_000, 1000, 100, 10].map((epsilon): Sight => ({
    ...{ ...ALONE, name: `one site's weights, noise of epsilon ${epsilon}`, epsilon },
  })),
  { ...ALONE, name: "a secure sum of 8 others, noise of epsilon 1000", among: 8, epsilon: 1000 },
  { ...ALONE, name: "one site's weights, of 3 volumes", volumes: 3 },
  { ...ALONE, name: "a secure sum of 2 others, of 3 volumes each", volumes: 3, among: 2 },
]);

/** How much is trained, by sites and attacker. */
export const UPDATE_BUDGET = Object.freeze({
  ...{ own: 24, outsiders: 24, trained: 24, begun: 60, steps: 6, simulated: 60, candidateSteps: 2 },
  ...{ voxels: 16_000, patchVoxels: 4_096, extent: 6 },
});

/** Scanners and volumes of each in the cohort that all volumes are drawn from. */
export const COHORT = Object.freeze({ sites: 4, casesPerSite: 18 });

/** Everything that a process needs to know. */
export interface UpdateRun {
  readonly seed: number;
  /** Of the phantoms. */
  readonly data: string;
  /** Not used: nothing is kept. */
  readonly directory: string;
}

/** What the attacks came to with one sight. */
export interface SightResult {
  readonly name: string;
  /** Of each group of sites whose mean is seen. */
  readonly membership: readonly Scores[];
  /** Summed over sites: squared error of the reconstruction of a site's mean volume, and of the mean of the attacker's own. */
  readonly error: number;
  readonly meanError: number;
  /** Length of the noise, as a share of the update's after clipping. */
  readonly noise: number;
}

/** A line of the results. */
export interface UpdateResult extends PageResult {
  readonly sights: readonly SightResult[];
  /** Weights that are seen. */
  readonly values: number;
}

const numbers = v.array(v.number());
const schema = v.looseObject({
  ...pageResult,
  values: v.number(),
  sights: v.array(v.looseObject({
    ...{ name: v.string(), error: v.number(), meanError: v.number(), noise: v.number() },
    membership: v.array(v.looseObject({ members: numbers, nonMembers: numbers })),
  })),
});

/** Whether `value` is a result of this study. */
export function isUpdateResult(value: unknown): value is UpdateResult {
  return v.is(schema, value);
}
