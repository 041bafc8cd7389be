/**
 * FCL joined with masked reconstruction: what is hidden is filled in, and places are told apart.
 *
 * @module
 */
import { JoinedContrastive } from "./joined.ts";
import type { Objective, ObjectiveOptions } from "./objective.ts";
import { maskedReconstruction } from "./reconstruction.ts";

/** Makes the objective. @throws {UserError} if a patch holds one cube only. */
export function fclReconstruction(options: ObjectiveOptions): Objective {
  return new JoinedContrastive(options, maskedReconstruction);
}
