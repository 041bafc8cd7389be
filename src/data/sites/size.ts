/** Anatomical skew: from the site with the smallest structures to the one with the largest. */
import { labelVolumeOf } from "./_label_volume.ts";
import { sortedBy } from "./_sorted.ts";

export const size = sortedBy(labelVolumeOf);
