/**
 * What is run with real processes: a lie, or what three honest sites come to without one.
 *
 * @module
 */
import * as v from "valibot";
import { type PageResult, pageResult } from "../_study_page.ts";
import { type LieName, LIES } from "./_lies.ts";
import type { Budget } from "./_study.ts";

/** Sites; the last one is the member that lies. */
export const ALL_SITES = 4;

/** What the last one does: train as the others, stay away, in a second run too, or tell a lie. */
export type Doing = "honest" | "absent" | "absent-again" | LieName;

/** Whether it tells a lie. */
export function isLying(doing: Doing): doing is LieName {
  return doing !== "honest" && doing !== "absent" && doing !== "absent-again";
}

/** One run. */
export interface LieCondition {
  readonly doing: Doing;
}

/** The runs that the others are compared with: what the honest three come to by themselves, twice. */
export const UNDISTURBED: readonly LieCondition[] = Object.freeze([{ doing: "absent" }, { doing: "absent-again" }]);

/** Every run, in the order of the table. */
export const lieConditions: readonly LieCondition[] = Object.freeze([
  ...UNDISTURBED,
  { doing: "honest" },
  ...Object.keys(LIES).map((doing) => ({ doing: doing as LieName })),
]);

/** How long is trained, and how its worth is measured. */
export interface LieBudget extends Budget {
  /** The share of a site's cases that it tests on. */
  readonly test: number;
  /** As in a configuration's `fineTune`. @default as sites have it */
  readonly encoderRate?: number;
}

/** Short: a member's lie shows in what is refused, and spoils all or nothing. The Dice says what the encoder is worth. */
export const LIE_BUDGET: LieBudget = Object.freeze({
  ...{ rounds: 6, steps: 6, fineTune: 150, labelled: 3, encoderRate: 0, test: 0.34 },
  ...{ casesPerSite: 9, voxels: 20_000, patchVoxels: 5_000 },
});

/** Fine-tuned as sites do, with more labels and tests: what users see, and two undisturbed runs differ by less in. */
export const FINE_TUNED_BUDGET: LieBudget = Object.freeze({
  ...{ ...LIE_BUDGET, fineTune: 600, labelled: 6, encoderRate: undefined, test: 0.5, casesPerSite: 16 },
});

/** Volumes of a step of pre-training. */
export const VOLUMES = 2;

/** Everything that a process needs to know. */
export interface LieRun extends LieCondition, LieBudget {
  readonly seed: number;
  /** Of the phantoms. */
  readonly data: string;
  /** For the sites of this run; removed at its end. */
  readonly directory: string;
}

/** What came of an honest site. */
export interface SiteOutcome {
  readonly code: number;
  /** Rounds that it did. */
  readonly rounds: number;
  /** Over its test cases and the labels; null where it left none. */
  readonly dice: number | null;
  /** Effective rank of its representation after the last round. */
  readonly rank: number | null;
  /** Warnings that name the member that lies. */
  readonly named: number;
  /** Whether its report says that it left that one alone for a while. */
  readonly paused: boolean;
}

/** What came of a run: a line of the results. */
export interface LieResult extends LieCondition, PageResult {
  readonly sites: readonly SiteOutcome[];
}

const schema = v.looseObject({
  ...pageResult,
  doing: v.string(),
  sites: v.array(v.looseObject({
    ...{ code: v.number(), rounds: v.number(), dice: v.nullable(v.number()), rank: v.nullable(v.number()) },
    ...{ named: v.number(), paused: v.boolean() },
  })),
});

/** Whether `value` is a result of this study. */
export function isLieResult(value: unknown): value is LieResult {
  return v.is(schema, value);
}

/** Whether two are of the same seed and condition. */
export function isSameLie(a: LieCondition & { seed: number }, b: LieCondition & { seed: number }): boolean {
  return a.seed === b.seed && a.doing === b.doing;
}
