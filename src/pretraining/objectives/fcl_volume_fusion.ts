/**
 * FCL joined with volume fusion: it is told how much of which volume a voxel shows, and places are told apart. The
 * queries are of whole patches: of one that is mixed nobody could say whose place it shows.
 *
 * @module
 */
import { JoinedContrastive } from "./joined.ts";
import type { Objective, ObjectiveOptions } from "./objective.ts";
import { boxFusion } from "./volume_fusion.ts";

/** Makes the objective. */
export function fclVolumeFusion(options: ObjectiveOptions): Objective {
  return new JoinedContrastive(options, boxFusion);
}
