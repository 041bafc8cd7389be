/**
 * Base-(k+1) graph (Takezawa, Sato, Bao, Niwa, Yamada 2023, "Beyond exponential graph: communication-efficient
 * topologies for decentralized learning via finite-time convergence", Algorithms 1 to 3): the exact mean for any number
 * of members after finitely many rounds, at most 2·log_{k+1}(n) + 2, with at most k partners a round (`degree`). For k
 * = 1 every round is a matching.
 *
 * @module
 */
import { hyperHypercube } from "./_hyper_hypercube.ts";
import { simpleBase } from "./_simple_base.ts";
import {
  checkDegree,
  checkMembers,
  checkRound,
  type Edge,
  type MixingPlan,
  planOfEdges,
  type Topology,
} from "./topology.ts";

/** The largest divisor of `value` whose prime factors are all at most `limit`. */
function smoothPart(value: number, limit: number): number {
  let smooth = 1;
  for (let factor = 2; factor <= limit; factor++) {
    while (value % factor === 0) {
      value /= factor;
      smooth *= factor;
    }
  }
  return smooth;
}

/**
 * Algorithm 3: p groups of q find their means side by side, then the groups among one another; or the simple graph, if
 * shorter.
 */
export function baseSchedule(members: number, k: number): Edge[][] {
  const nodes = Array.from({ length: members }, (_, i) => i);
  const groups = smoothPart(members, k + 1); // p
  const size = members / groups; // q
  const within: Edge[][] = [];
  for (let group = 0; group < groups; group++) {
    simpleBase(nodes.slice(group * size, (group + 1) * size), k).forEach((edges, round) => {
      (within[round] ??= []).push(...edges);
    });
  }
  const across: Edge[][] = [];
  for (let place = 0; place < size; place++) {
    const column = Array.from({ length: groups }, (_, group) => group * size + place);
    hyperHypercube(column, k)!.forEach((edges, round) => (across[round] ??= []).push(...edges));
  }
  const composed = [...within, ...across];
  const simple = simpleBase(nodes, k);
  return simple.length < composed.length ? simple : composed;
}

/** The latest schedule, since a run asks for the same one round after round. */
let latest: { members: number; k: number; plans: MixingPlan[] } | undefined;

function plansOf(members: number, k: number): MixingPlan[] {
  checkMembers(members);
  checkDegree(k);
  if (latest?.members !== members || latest.k !== k) {
    latest = { members, k, plans: baseSchedule(members, k).map((edges) => planOfEdges(members, edges)) };
  }
  return latest.plans;
}

/** The rounds of the schedule over and over. */
export const baseKPlus1: Topology = {
  name: "base-k-plus-1",
  links: "two-way",
  plansOver: "members",
  plan(members, { round, degree = 1 }) {
    checkRound(round);
    const plans = plansOf(members, degree);
    return plans.length === 0 ? planOfEdges(members, []) : plans[round % plans.length];
  },
  period: (members, degree) => plansOf(members, degree).length,
  partners: (members, degree) => ({ least: Math.min(1, members - 1), most: Math.min(degree, members - 1) }),
};
