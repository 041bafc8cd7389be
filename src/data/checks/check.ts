/**
 * What every check of a dataset's headers is given: no voxels, no files.
 *
 * @module
 */
import type { MemoryLimit } from "../../core/memory_limit.ts";
import type { Triple } from "../../core/triple.ts";
import type { CaseReference } from "../datasets/dataset.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import type { Plan } from "../plan.ts";

/** One case's headers. */
export interface CaseHeaders {
  readonly reference: CaseReference;
  /** Of the image; where each channel has a file of its own, of the first. */
  readonly image: NiftiHeader;
  /** Of the other channels' files, in their order. @default none */
  readonly others?: readonly NiftiHeader[];
  /** Where the case has a label. */
  readonly label?: NiftiHeader;
}

/** What the cases are read for, as far as it is known. */
export interface CheckContext {
  /** How volumes will be prepared. */
  readonly plan?: Plan;
  /** Voxels of a training patch along z, y, x. */
  readonly patch?: Triple;
  /** Whether the patch is fixed, so that volumes which are all much thinner than it are refused. @default false */
  readonly fixedPatch?: boolean;
  /** Classes that networks tell apart, background included. */
  readonly classes?: number;
  /** Whether shares of classes are kept of cases with a label. @default false */
  readonly softLabels?: boolean;
  /** What the process may take. */
  readonly memory?: MemoryLimit;
  /** What makes cases take less memory together, for the error. @default the fields of a configuration */
  readonly memoryHint?: string;
  /** What sets how much memory there is, for the error. @default the field of a configuration */
  readonly memorySetting?: string;
}

/** A check that looks at one case. @throws {UserError} that names the file, the rule and the value. */
export type CaseCheck = (headers: CaseHeaders, context: CheckContext) => void;

/**
 * A check that compares all cases whose headers {@linkcode CaseCheck}s found sound.
 *
 * @returns what is only suspicious, a sentence each, with names
 * @throws {UserError} that names the file, the rule and the value.
 */
export type CohortCheck = (all: readonly CaseHeaders[], context: CheckContext) => string[];
