/**
 * One-peer exponential graph (Assran et al. 2019; Ying et al. 2021, "Exponential graph is provably efficient for
 * decentralized deep training"): in round t each member sends half of what it has to the one 2^(t mod ⌈log₂ n⌉) places
 * on. If n is a power of two, all hold the exact mean after log₂ n rounds (Ying et al., Lemma 1). Links are one-way.
 *
 * @module
 */
import { circulantVariance } from "./_circulant.ts";
import { checkMembers, checkRound, planOfEdges, type Topology } from "./topology.ts";

const stages = (members: number) => Math.ceil(Math.log2(members));

/** How far away the partner is. */
function hop(members: number, round: number): number {
  return 2 ** (round % stages(members)) % members;
}

/** One partner a round, at distances 1, 2, 4, …. */
export const onePeerExponential: Topology = {
  name: "one-peer-exponential",
  links: "one-way",
  plansOver: "members",
  plan(members, { round }) {
    checkMembers(members);
    checkRound(round);
    if (members === 1) return planOfEdges(1, []);
    const distance = hop(members, round);
    return Array.from({ length: members }, (_, own) => ({
      self: 1 / 2,
      partners: [(own + members - distance) % members],
      weights: [1 / 2],
    }));
  },
  period: (members) => Number.isInteger(Math.log2(members)) ? Math.log2(members) : undefined,
  partners: (members) => ({ least: Math.min(1, members - 1), most: Math.min(1, members - 1) }),
  variance(members, rounds, { churn, drop }) {
    if (churn > 0 || drop > 0) return undefined;
    // |(1 + e^(iφ)) / 2|² = (1 + cos φ) / 2
    return circulantVariance(members, rounds, (angle, t) => (1 + Math.cos(angle * hop(members, t))) / 2);
  },
};
