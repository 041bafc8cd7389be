/**
 * Label skew: subjects are put into as many bins of label volume as there are sites, and each bin is shared out over
 * the sites in proportions drawn from Dir(alpha) (Hsu et al., arXiv 1909.06335, with bins of a volume in place of
 * classes).
 */
import { dirichlet, shareOut } from "./_dirichlet.ts";
import { labelVolumeOf } from "./_label_volume.ts";
import { sortedBy } from "./_sorted.ts";
import type { Division } from "./division.ts";

const bins = sortedBy(labelVolumeOf);

export const labelVolume: Division = {
  needsMeasures: true,
  divide: (subjects, options) => {
    const { sites, alpha, rng } = options;
    const result: string[][] = Array.from({ length: sites }, () => []);
    for (const bin of bins.divide(subjects, options)) {
      shareOut(rng.shuffle(bin), dirichlet(sites, alpha, rng)).forEach((own, site) => result[site].push(...own));
    }
    return result;
  },
};
