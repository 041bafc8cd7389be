/**
 * Random partners: each round pairs those that are there at random (`degree` times over), so who is away or new changes
 * nothing.
 *
 * Theory, after Boyd, Ghosh, Prabhakar, Shah 2006 ("Randomized gossip algorithms"): W = (I + P₁ + … + P_d) / (d + 1)
 * with independent random matchings P. On vectors that sum to zero E[P] is ρ·I, ρ = −1/(n − 1) for even n and 0 for odd
 * n, which gives E‖Wx‖² = (1 + d + 2dρ + d(d − 1)ρ²) / (d + 1)² ‖x‖²: about half a round for one partner. With absences
 * and failures each of m pairs that do mix takes ‖x‖² / (n − 1) away in expectation, so the factor is 1 − E[m] / (n −
 * 1).
 *
 * @module
 */
import { Rng } from "../../../core/rng.ts";
import { checkDegree, checkMembers, checkRound, type Edge, planOfEdges, type Topology } from "./topology.ts";

/** Pairs of a random matching; with an odd number one is left out. */
function matching(members: number, rng: Rng): [number, number][] {
  const order = rng.shuffle(Array.from({ length: members }, (_, i) => i));
  return Array.from({ length: Math.floor(members / 2) }, (_, pair) => [order[2 * pair], order[2 * pair + 1]]);
}

/** The expected number of pairs among `members` of whom each is away with probability `churn`. */
function expectedPairs(members: number, churn: number): number {
  const odd = (1 - (1 - 2 * (1 - churn)) ** members) / 2;
  return (members * (1 - churn) - odd) / 2;
}

/** Random matchings of those that are there. */
export const epidemic: Topology = {
  name: "epidemic",
  links: "two-way",
  plansOver: "present",
  plan(members, { round, seed = 0, degree = 1 }) {
    checkMembers(members);
    checkRound(round);
    checkDegree(degree);
    const rng = new Rng(seed).fork(`epidemic/${round}`);
    const weight = 1 / (degree + 1);
    const pairs = Array.from({ length: degree }, () => matching(members, rng)).flat();
    return planOfEdges(members, pairs.map(([a, b]): Edge => [a, b, weight]));
  },
  period: (members, degree) => members === 1 ? 0 : members === 2 && degree === 1 ? 1 : undefined,
  partners: (members, degree) => ({ least: Math.min(1, members - 1), most: Math.min(degree, members - 1) }),
  variance(members, rounds, { degree, churn, drop }) {
    if (members === 1) return new Float64Array(rounds + 1);
    let factor: number;
    if (degree === 1) factor = 1 - expectedPairs(members, churn) * (1 - drop) / (members - 1);
    else if (churn > 0 || drop > 0) return undefined;
    else {
      const rho = members % 2 === 0 ? -1 / (members - 1) : 0;
      factor = (1 + degree + 2 * degree * rho + degree * (degree - 1) * rho * rho) / (degree + 1) ** 2;
    }
    return Float64Array.from({ length: rounds + 1 }, (_, t) => factor ** t);
  },
};
