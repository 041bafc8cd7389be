/**
 * All checks of a dataset that need its headers only: they take milliseconds, and come before anything that takes
 * longer.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { CaseReference } from "../datasets/dataset.ts";
import type { CaseCheck, CaseHeaders, CheckContext, CohortCheck } from "./check.ts";
import { readCaseHeaders } from "./headers.ts";
import { requireMemory } from "./memory.ts";
import { tellOddHeaders } from "./odd_headers.ts";
import { requireChannelsInPlace, requireLabelInPlace } from "./same_place.ts";
import { tellThinVolumes } from "./thin.ts";
import { requireVolumes } from "./volume.ts";
import { requireVoxelSizes } from "./voxel_size.ts";

/** In the order in which each case meets them; a new one is one file and one line here. */
const CASE_CHECKS: readonly CaseCheck[] = [requireVolumes, requireChannelsInPlace, requireLabelInPlace];

/** Met by the cases that came through all of the above. */
const COHORT_CHECKS: readonly CohortCheck[] = [requireVoxelSizes, requireMemory, tellOddHeaders, tellThinVolumes];

/** Options of {@linkcode checkCases}. */
export interface CheckOptions extends CheckContext {
  /** Ends it between two cases. */
  signal?: AbortSignal;
}

/** What {@linkcode checkCases} found. */
export interface Checked {
  /** Suspicious, not wrong: for the user to know, once. */
  readonly warnings: readonly string[];
}

/**
 * Reads the headers of every case, once, and checks them. Labels' values are checked when a case is loaded.
 *
 * @throws {UserError} for the first case at fault; it says how many more there are.
 */
export async function checkCases(cases: readonly CaseReference[], options: CheckOptions = {}): Promise<Checked> {
  const { signal, ...context } = options;
  const sound: CaseHeaders[] = [];
  const faults: UserError[] = [];
  for (const reference of cases) { // one after another: a system lets a process open a limited number at a time
    signal?.throwIfAborted();
    try {
      const headers = await readCaseHeaders(reference);
      for (const check of CASE_CHECKS) check(headers, context);
      sound.push(headers);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error);
    }
  }
  if (faults.length > 0) throw firstOf(faults);
  return { warnings: COHORT_CHECKS.flatMap((check) => check(sound, context)) };
}

/** The first fault, with the number of cases at fault after it. */
function firstOf([first, ...others]: readonly UserError[]): UserError {
  if (others.length === 0) return first;
  const more = others.length === 1 ? "1 more case is" : `${others.length} more cases are`;
  return new UserError(`${first.message}; ${more} at fault, too`, { cause: first });
}
