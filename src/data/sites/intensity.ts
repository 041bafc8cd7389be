/** Feature skew: from the site with the darkest images to the one with the brightest. */
import type { Division } from "./division.ts";
import { sortedBy } from "./_sorted.ts";

/** See the file's head. */
export const intensity: Division = sortedBy((_, measures) => measures.intensity);
