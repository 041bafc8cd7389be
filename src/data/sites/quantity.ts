/**
 * Quantity skew: sites of unlike numbers of subjects, in proportions drawn from Dir(alpha), the subjects at random
 * (Li et al., "Federated Learning on Non-IID Data Silos", ICDE 2022).
 */
import { dirichlet, shareOut } from "./_dirichlet.ts";
import type { Division } from "./division.ts";

export const quantity: Division = {
  needsMeasures: false,
  divide: (subjects, { sites, alpha, rng }) => shareOut(rng.shuffle(subjects), dirichlet(sites, alpha, rng)),
};
