/** Feature skew: from the site with the darkest images to the one with the brightest. */
import { sortedBy } from "./_sorted.ts";

export const intensity = sortedBy((_, measures) => measures.intensity);
