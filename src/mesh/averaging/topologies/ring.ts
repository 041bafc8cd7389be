/**
 * Each with the two beside it: the cheapest fixed graph, and the slowest. W has the eigenvalues 1/3 + 2/3·cos(2πk/n).
 *
 * @module
 */
import { circulantVariance } from "./_circulant.ts";
import { checkMembers, checkRound, type Edge, planOfEdges, type Topology } from "./topology.ts";

/** A ring with weights 1/3; two members take half of each other. */
export const ring: Topology = {
  name: "ring",
  links: "two-way",
  plansOver: "members",
  plan(members, { round }) {
    checkMembers(members);
    checkRound(round);
    if (members === 1) return planOfEdges(1, []);
    if (members === 2) return planOfEdges(2, [[0, 1, 1 / 2]]);
    const edges = Array.from({ length: members }, (_, own): Edge => [own, (own + 1) % members, 1 / 3]);
    return planOfEdges(members, edges);
  },
  period: (members) => members === 1 ? 0 : members <= 3 ? 1 : undefined,
  partners: (members) => ({ least: Math.min(2, members - 1), most: Math.min(2, members - 1) }),
  variance(members, rounds, { churn, drop }) {
    if (churn > 0 || drop > 0) return undefined;
    if (members === 2) return Float64Array.from({ length: rounds + 1 }, (_, t) => t === 0 ? 1 : 0);
    return circulantVariance(members, rounds, (angle) => (1 / 3 + 2 / 3 * Math.cos(angle)) ** 2);
  },
};
