/**
 * Which label files an evaluation will read, for checks before hours are spent on it.
 *
 * @module
 */
import type { LabelUse } from "../../data/checks/check_labels.ts";
import type { CaseReference } from "../../data/datasets/dataset.ts";
import type { FoldSplit } from "../../data/folds.ts";
import type { Mode } from "../cell.ts";
import { type SiteRoles, tunedAlone } from "./roles.ts";

/** Options of {@linkcode labelUseOf}. */
export interface LabelUseOptions {
  /** The folds that are run; in each, the sites in the same order. */
  folds: readonly (readonly FoldSplit[])[];
  /** Every case that the folds name. */
  cases: readonly CaseReference[];
  /** How networks are fine-tuned. */
  modes: readonly Mode[];
  /** Which sites have labels, and which are tested. */
  roles: SiteRoles;
}

/**
 * Each site's labelled and test cases, those of all folds together: its labelled ones where it is fine-tuned, its test
 * cases where it is tested.
 */
export function labelUseOf({ folds, cases, modes, roles }: LabelUseOptions): LabelUse[] {
  const byId = new Map(cases.map((reference) => [reference.id, reference]));
  const referencesOf = (ids: readonly (readonly string[])[]) => [...new Set(ids.flat())].map((id) => byId.get(id)!);
  const tuned = modes.every((mode) => mode === "local") ? tunedAlone(roles) : roles.labelled;
  return folds[0].map(({ site }, index) => {
    const own = folds.map((sites) => sites[index]);
    return {
      name: `site ${site}`,
      labelled: tuned.includes(index) ? referencesOf(own.map(({ labelled }) => labelled)) : [],
      test: roles.tested.includes(index) ? referencesOf(own.map(({ test }) => test)) : [],
    };
  });
}
