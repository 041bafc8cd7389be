/**
 * Everybody with everybody: the mean in one round, at a cost a peer that grows with the number of members.
 *
 * @module
 */
import { checkMembers, checkRound, type Topology } from "./topology.ts";

/** The complete graph, W = J/n. */
export const complete: Topology = {
  name: "complete",
  links: "two-way",
  plansOver: "members",
  plan(members, { round }) {
    checkMembers(members);
    checkRound(round);
    const weights = new Array<number>(members - 1).fill(1 / members);
    return Array.from({ length: members }, (_, own) => ({
      self: 1 / members,
      partners: Array.from(weights, (_, k) => k < own ? k : k + 1),
      weights,
    }));
  },
  period: (members) => members === 1 ? 0 : 1,
  partners: (members) => ({ least: members - 1, most: members - 1 }),
  variance(_members, rounds, { churn, drop }) {
    if (churn > 0 || drop > 0) return undefined;
    const variance = new Float64Array(rounds + 1);
    variance[0] = 1;
    return variance;
  },
};
