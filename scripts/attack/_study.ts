/**
 * What is run: each condition as data, which a process of its own carries out.
 *
 * @module
 */
import * as v from "valibot";
import type { PolicySettings } from "../../src/settings/types.ts";
import { type PageResult, pageResult } from "../_study_page.ts";
import type { InversionFigures } from "./_inversion.ts";
import type { MembershipScores } from "./_membership.ts";

/** Sites; the first is the curious member, the others are its victims. */
export const SITES = 3;

/** What every site's policy says, and on how few volumes it trains. */
export interface Condition {
  readonly name: string;
  readonly featuresPerRound: number;
  readonly noise: PolicySettings["noise"];
  /** Training volumes of each site, at most; without it, all. */
  readonly volumes?: number;
}

const delta = 1e-5;

/** Every condition, in the order of the table. */
export const conditions: readonly Condition[] = Object.freeze([
  { name: "no policy", featuresPerRound: 2048, noise: null },
  { name: "noise, epsilon 1000", featuresPerRound: 2048, noise: { epsilon: 1000, delta } },
  { name: "noise, epsilon 100", featuresPerRound: 2048, noise: { epsilon: 100, delta } },
  { name: "no features", featuresPerRound: 0, noise: null },
  { name: "noise, epsilon 10", featuresPerRound: 2048, noise: { epsilon: 10, delta } },
  { name: "no policy, 3 volumes a site", featuresPerRound: 2048, noise: null, volumes: 3 },
  { name: "64 features a round", featuresPerRound: 64, noise: null },
]);

/** How long is trained, and how much the attacker does. */
export interface Budget {
  /** Rounds of pre-training. */
  readonly rounds: number;
  /** Steps of a round. */
  readonly steps: number;
  /** Steps of fine-tuning, on so many labelled cases. */
  readonly fineTune: number;
  readonly labelled: number;
  /** Share of a site's subjects that are kept out of training. */
  readonly heldOut: number;
  /** Cases of a site that are used at all, at most. */
  readonly casesPerSite: number;
  /** Voxels of a patch, at most. */
  readonly patchVoxels: number;
  /** Batches of its own volumes that the attacker embeds to train its decoders. */
  readonly attackBatches: number;
  /** Steps of the decoder that is a network. */
  readonly attackSteps: number;
  /** Augmented views of a volume for membership inference. */
  readonly views: number;
}

/** What the table was made with. */
export const BUDGET: Budget = Object.freeze({
  ...{ rounds: 8, steps: 30, fineTune: 100, labelled: 1, heldOut: 0.45, casesPerSite: 40, patchVoxels: 24 ** 3 },
  ...{ attackBatches: 120, attackSteps: 600, views: 6 },
});

/** Everything that a process needs to know. */
export interface Run extends Budget {
  readonly condition: Condition;
  readonly seed: number;
  /** The dataset's folder. */
  readonly data: string;
  /** For the state of this run; removed at its end. */
  readonly directory: string;
}

/** What came of a run: a line of the results. */
export interface Result extends PageResult {
  readonly condition: Condition;
  /** Mean Dice of each site over its test cases and the labels. */
  readonly dice: readonly number[];
  /**
   * Of each site, at the end: share of rows on volumes kept out whose nearest rows of other subjects name their cell.
   */
  readonly neighbours: readonly number[];
  /** Standard deviation of the noise on each of an embedding's values; 0: none. */
  readonly deviation: number;
  /** Epsilon that each site's account says is spent at the end; null: no noise. */
  readonly spentEpsilon: number | null;
  /** Of each projection's features; empty where none were released. */
  readonly inversion: readonly InversionFigures[];
  readonly membership: readonly MembershipScores[];
  /** Training volumes of each site. */
  readonly volumes: readonly number[];
}

const numbers = v.array(v.number());

/** As far as the table is made of it. */
const schema = v.looseObject({
  ...pageResult,
  condition: v.looseObject({ name: v.string() }),
  ...{ dice: numbers, neighbours: numbers, volumes: numbers, deviation: v.number() },
  ...{ inversion: v.array(v.looseObject({})), membership: v.array(v.looseObject({})) },
});

/** Whether `value` is a result of this study. */
export function isResult(value: unknown): value is Result {
  return v.is(schema, value);
}

/** Whether two are of the same seed and condition. */
export function isSame(
  a: { condition: Condition; seed: number },
  b: { condition: Condition; seed: number },
): boolean {
  return a.seed === b.seed && a.condition.name === b.condition.name;
}
