/**
 * Which of a dataset's cases a kept network is fine-tuned with, and which it is tested on.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { splitCases } from "./split.ts";
 *
 * const cases = ["a", "b", "c", "d"].map((id) => ({ id, subject: id, image: `${id}.nii`, label: `${id}-label.nii` }));
 * const { labelled, unlabelled, test } = splitCases(cases, { labelled: 1, test: 0.25, seed: 1 });
 * assertEquals([labelled.length, unlabelled.length, test.length], [1, 2, 1]);
 * ```
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import type { CaseReference } from "../data/datasets/dataset.ts";
import { hasLabels, labelledInTurn, type Subject, subjectsOf } from "../data/subjects.ts";

/** Options of {@linkcode splitCases}. */
export interface SplitCasesOptions {
  /** Labelled cases to train with, at least 1, of as many subjects as possible; or all that are not kept for test. */
  labelled: number | "all";
  /**
   * What is kept for test: below 1 a share of the subjects with labels, one at least, else so many cases, or the few
   * more that the last subject has. Nothing where it is 0.
   */
  test: number;
  /** The same seed draws the same split. */
  seed: number;
}

/** Cases by use; those of one subject are all kept for test, or none. */
export interface CaseSplit {
  /** Their labels are learnt from. */
  readonly labelled: readonly CaseReference[];
  /** The others that are trained with: any labels that they have are not looked at. */
  readonly unlabelled: readonly CaseReference[];
  /** Labelled, and seen by no training here. */
  readonly test: readonly CaseReference[];
}

/** Splits by subject. A pure function of the cases (in any order) and the options. @throws {UserError} for too few. */
export function splitCases(cases: readonly CaseReference[], options: SplitCasesOptions): CaseSplit {
  const { labelled, test, seed } = options;
  const rng = new Rng(seed).fork("finetune/split");
  const subjects = rng.shuffle(subjectsOf(cases.map(({ site: _, ...reference }) => reference)));
  const kept = new Set(testSubjects(subjects.filter(hasLabels), test));
  const rest = subjects.filter((subject) => !kept.has(subject));
  const inTurn = labelledInTurn(rest, rng);
  const wanted = labelled === "all" ? Math.max(1, inTurn.length) : labelled;
  if (inTurn.length < wanted) {
    const all = cases.filter(({ label }) => label !== undefined).length;
    throw new UserError(
      `splitting the cases: there must be ${wanted} labelled to train with beside those kept for test, ` +
        `of ${all} labelled ${all - inTurn.length} are kept; give another --labelled or --test`,
      { value: inTurn.length },
    );
  }
  const chosen = new Set(inTurn.slice(0, wanted)), training = rest.flatMap(({ cases }) => cases);
  return {
    labelled: training.filter(({ id }) => chosen.has(id)),
    unlabelled: training.filter(({ id }) => !chosen.has(id)).map(({ label: _, ...reference }) => reference),
    test: [...kept].flatMap(({ cases }) => cases.filter(({ label }) => label !== undefined)),
  };
}

/** The first subjects, as many as are wanted. */
function testSubjects(subjects: readonly Subject[], test: number): readonly Subject[] {
  if (test === 0) return [];
  if (test < 1) return subjects.slice(0, Math.max(1, Math.round(test * subjects.length)));
  let count = 0;
  const end = subjects.findIndex(({ cases }) => {
    count += cases.filter(({ label }) => label !== undefined).length;
    return count >= test;
  });
  return end < 0 ? subjects : subjects.slice(0, end + 1);
}
