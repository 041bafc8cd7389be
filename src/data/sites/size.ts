/** Anatomical skew: from the site with the smallest structures to the one with the largest. */
import { labelVolumeOf } from "./_label_volume.ts";
import type { Division } from "./division.ts";
import { sortedBy } from "./_sorted.ts";

/** See the file's head. */
export const size: Division = sortedBy(labelVolumeOf);
