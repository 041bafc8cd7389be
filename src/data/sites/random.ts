/** Alike sites: subjects dealt out at random, in equal numbers but for one. */
import type { Division } from "./division.ts";

export const random: Division = {
  needsMeasures: false,
  divide: (subjects, { sites, rng }) => {
    const order = rng.shuffle(subjects);
    return Array.from({ length: sites }, (_, site) => order.filter((_, i) => i % sites === site));
  },
};
