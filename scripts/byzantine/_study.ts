/**
 * What is run: each condition as data, which a process of its own carries out.
 *
 * @module
 */
import * as v from "valibot";
import { aggregationRules } from "../../src/mesh/averaging/aggregation/rules.ts";
import { type PageResult, pageResult } from "../_study_page.ts";

/** Sites, and how many of them lie. */
export const [SITES, LIARS] = [8, 2];

/**
 * What the two do: train as the others; stay away; send what the simulation's attacks of that name send, `heavy` what
 * `little-is-enough` sends, with a mass of 10⁹. `untrained`: nobody trains, what the encoder is worth without any
 * pre-training.
 */
export type Behaviour = "honest" | "absent" | "untrained" | "sign-flip" | "noise" | "little-is-enough" | "heavy";

/** One run: a rule and what the liars do under it. */
export interface Condition {
  readonly rule: string;
  readonly behaviour: Behaviour;
  /** Whether what is sent is held against one's own and what all announce, as peers do by default. @default false */
  readonly judging?: boolean;
}

/** Whether the two send what an attack makes. */
export function isAttack({ behaviour }: Pick<Condition, "behaviour">): boolean {
  return behaviour !== "honest" && behaviour !== "absent" && behaviour !== "untrained";
}

/** How long is trained. */
export interface Budget {
  /** Rounds of pre-training. */
  readonly rounds: number;
  /** Steps of a round. */
  readonly steps: number;
  /** Steps of fine-tuning, on so many labelled cases. */
  readonly fineTune: number;
  readonly labelled: number;
  readonly casesPerSite: number;
  /** Voxels of a prepared volume, and of a patch, at most. */
  readonly voxels: number;
  readonly patchVoxels: number;
}

/** What the table was made with. */
export const BUDGET: Budget = Object.freeze({
  ...{ rounds: 12, steps: 25, fineTune: 300, labelled: 3 },
  ...{ casesPerSite: 12, voxels: 40_000, patchVoxels: 12_000 },
});

/** The run that the others are compared with. */
export const BASELINE: Condition = Object.freeze({ rule: "mean", behaviour: "honest" });

/** Every condition, in the order of the table. */
export const conditions: readonly Condition[] = Object.freeze([
  BASELINE,
  { rule: "mean", behaviour: "absent" },
  { rule: "mean", behaviour: "untrained" },
  ...[...aggregationRules].flatMap(({ name: rule }): Condition[] => [
    { rule, behaviour: "sign-flip" },
    { rule, behaviour: "noise" },
  ]),
]);

/** What the tables of rules' costs and of what is believed by default are made with: short, since what it compares is large or nothing. */
export const SHORT_BUDGET: Budget = Object.freeze({
  ...{ rounds: 6, steps: 8, fineTune: 80, labelled: 2 },
  ...{ casesPerSite: 8, voxels: 20_000, patchVoxels: 6_000 },
});

/** What rules cost where nobody lies. */
export const costs: readonly Condition[] = Object.freeze(
  [...aggregationRules].map(({ name: rule }): Condition => ({ rule, behaviour: "honest" })),
);

/** What is held off by the mean with what peers believe by default, the most telling first. */
export const believing: readonly Condition[] = Object.freeze([
  BASELINE,
  ...(["heavy", "little-is-enough", "noise", "sign-flip"] as const).flatMap((behaviour): Condition[] => [
    { rule: "mean", behaviour },
    { rule: "mean", behaviour, judging: true },
  ]),
  { ...BASELINE, judging: true },
]);

/** Everything that a process needs to know. */
export interface Run extends Condition, Budget {
  readonly seed: number;
  /** Of the phantoms. */
  readonly data: string;
  /** For the state of this run; removed at its end. */
  readonly directory: string;
}

/** What came of a run: a line of the results. */
export interface Result extends Condition, PageResult {
  /** Mean Dice of each honest site over its test cases and the labels. */
  readonly dice: readonly number[];
  /** Distance of the honest sites' weights from their mean, relative to its norm, at the end. */
  readonly consensus: number;
  /** Vectors of liars and of honest sites that the honest refused, of all that they received. */
  readonly refused: { readonly liars: number; readonly honest: number };
}

/** As far as the table is made of it. */
const schema = v.looseObject({
  ...pageResult,
  ...{ rule: v.string(), behaviour: v.string(), dice: v.array(v.number()), consensus: v.number() },
  refused: v.object({ liars: v.number(), honest: v.number() }),
});

/** Whether `value` is a result of this study. */
export function isResult(value: unknown): value is Result {
  return v.is(schema, value);
}

/** Whether two are of the same seed and condition. */
export function isSame(a: Condition & { seed: number }, b: Condition & { seed: number }): boolean {
  const isJudging = ({ judging = false }: Condition) => judging;
  return a.seed === b.seed && a.rule === b.rule && a.behaviour === b.behaviour && isJudging(a) === isJudging(b);
}
