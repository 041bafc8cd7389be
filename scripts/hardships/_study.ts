/**
 * What is run: each hardship with each seed.
 *
 * @module
 */
import * as v from "valibot";
import { type PageResult, pageResult } from "../_study_page.ts";
import type { HardshipName } from "./_hardships.ts";
import type { Outcome, TrialOptions } from "./_trial.ts";

/** Everything that a run's process needs to know; its folder is removed at its end. */
export type HardshipRun = TrialOptions;

/** What came of a run: a line of the results. */
export interface HardshipResult extends Outcome, PageResult {
  readonly hardship: HardshipName;
  /** See {@linkcode TrialOptions.seconds}; those of the run are `seconds`. */
  readonly lasting: number;
}

const texts = v.array(v.string());

const schema = v.looseObject({
  ...pageResult,
  ...{ hardship: v.string(), lasting: v.number(), rounds: v.number(), befell: v.string(), faults: texts },
  sites: v.array(v.looseObject({
    ...{ code: v.number(), lives: v.number(), faults: texts, dice: v.nullable(v.number()), shared: v.number() },
  })),
});

/** Whether `value` is a result of this study. */
export function isHardshipResult(value: unknown): value is HardshipResult {
  return v.is(schema, value);
}

/** Whether a result is that of a run. */
export function isOf(result: HardshipResult, run: Pick<HardshipRun, "hardship" | "seed" | "seconds">): boolean {
  return result.hardship === run.hardship && result.seed === run.seed && result.lasting === run.seconds;
}

/** Whether nothing of a run is lost. */
export function isWhole({ faults, sites }: Pick<Outcome, "faults" | "sites">): boolean {
  return faults.length === 0 && sites.every((site) => site.faults.length === 0);
}
