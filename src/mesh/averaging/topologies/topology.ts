/**
 * What a topology is: a pure plan of who mixes with whom, round by round.
 *
 * Members are numbered by the order of their sorted peer ids, so all who agree on the list agree on the plan without a
 * word. A plan is the mixing matrix W of one round, row by row: x_i becomes `self`·x_i + Σ
 * `weights`[k]·x_{`partners`[k]}.
 *
 * @module
 */

/** One member's row of W; without partners `self` is 1. */
export interface Row {
  /** What it keeps of its own, from 0 to 1. */
  readonly self: number;
  /** From whom it takes, ascending, each once. */
  readonly partners: readonly number[];
  /** What it takes of each partner, from 0 to 1, in their order. */
  readonly weights: readonly number[];
}

/** The rows of all members. */
export type MixingPlan = readonly Row[];

/** What a plan depends on beside the number of members. */
export interface MixingPlanOptions {
  /** From 0. */
  round: number;
  /** The same for everybody; of random plans only. @default 0 */
  seed?: number;
  /** Partners a round where the topology leaves a choice (k of Base-(k+1)), from 1. @default 1 */
  degree?: number;
}

/** What the prediction of {@linkcode Topology.variance} depends on. */
export interface VarianceOptions {
  /** Partners a round where the topology leaves a choice. */
  degree: number;
  /** Probability that a member is away for a round. */
  churn: number;
  /** Probability that an exchange fails. */
  drop: number;
}

/** A topology. */
export interface Topology {
  /** What configurations call it. */
  readonly name: string;
  /**
   * `two-way`: W is symmetric and doubly stochastic, an exchange gives both sides the other's vector. `one-way`: W is
   * doubly stochastic if every message comes through, and each peer also sends to somebody it takes nothing from:
   * push-sum is needed.
   */
  readonly links: "two-way" | "one-way";
  /**
   * `members`: planned over all, whether they are there or not, so that the plan holds; `present`: over those that are
   * there.
   */
  readonly plansOver: "members" | "present";
  /** The plan of one round. */
  plan(members: number, options: MixingPlanOptions): MixingPlan;
  /**
   * Rounds after which all hold the exact mean, from any beginning at a multiple of them; undefined where it is only a
   * limit.
   */
  period(members: number, degree: number): number | undefined;
  /** The fewest and most partners that a member has in a round in which it has any. */
  partners(members: number, degree: number): { least: number; most: number };
  /**
   * Theory: E‖x(t) − x̄‖² / ‖x(0) − x̄‖² for t = 0 … rounds, the expectation over independent, equally distributed
   * beginnings and over the random choices; undefined where no closed form holds.
   */
  variance?(members: number, rounds: number, options: VarianceOptions): Float64Array | undefined;
}

/** An undirected link and the weight with which each side takes the other. */
export type Edge = readonly [a: number, b: number, weight: number];

/**
 * The symmetric, doubly stochastic plan of `edges`; an edge that is named twice counts twice, the rest stays with each
 * member.
 */
export function planOfEdges(members: number, edges: readonly Edge[]): MixingPlan {
  const rows = Array.from({ length: members }, () => new Map<number, number>());
  const add = (to: number, from: number, weight: number) => rows[to].set(from, (rows[to].get(from) ?? 0) + weight);
  for (const [a, b, weight] of edges) {
    add(a, b, weight);
    add(b, a, weight);
  }
  return rows.map((row) => {
    const partners = [...row.keys()].sort((a, b) => a - b);
    const weights = partners.map((partner) => row.get(partner)!);
    return { self: 1 - weights.reduce((sum, weight) => sum + weight, 0), partners, weights };
  });
}

/** Checks a number of members. @throws {RangeError} if `members` is not a whole number from 1. */
export function checkMembers(members: number): void {
  if (!Number.isSafeInteger(members) || members < 1) {
    throw new RangeError(`a topology must have at least 1 member, got ${members}`);
  }
}

/** @throws {RangeError} if `degree` is not a whole number from 1. */
export function checkDegree(degree: number): void {
  if (!Number.isSafeInteger(degree) || degree < 1) throw new RangeError(`a degree must be at least 1, got ${degree}`);
}

/** Checks the number of a round. @throws {RangeError} if `round` is not a whole number from 0. */
export function checkRound(round: number): void {
  if (!Number.isSafeInteger(round) || round < 0) throw new RangeError(`a round must be at least 0, got ${round}`);
}
