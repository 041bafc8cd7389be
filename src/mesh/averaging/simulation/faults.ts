/**
 * What of a plan comes about: who is there, which exchanges fail, what arrives late. Pure: a function of options, seed
 * and round.
 *
 * A round is one second of virtual time. Nobody waits longer: an exchange needs a message in both directions within it,
 * else neither side applies anything. A push over a one-way link is never lost: one that fails goes back to its sender,
 * one that is late arrives in a later round.
 *
 * @module
 */
import { Rng } from "../../../core/rng.ts";
import { topologies } from "../topologies/topologies.ts";
import type { MixingPlan, Row } from "../topologies/topology.ts";
import type { CheckedOptions } from "./options.ts";

/** Virtual time of a round. */
export const ROUND_MILLISECONDS = 1000;

/** A push: part `weight` of what `from` has. */
export interface Push {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  /** Rounds until it arrives; 0 is this one. */
  readonly late: number;
}

/** What comes about of a round's plan. */
export interface Realised {
  /** Of all peers. For two-way links: the exchanges that take place. */
  readonly rows: MixingPlan;
  /** For one-way links: the pushes that leave. */
  readonly pushes: readonly Push[];
}

/**
 * The probability that an exchange of two peers who are there fails, by dropping or by its two delays (Erlang of order
 * 2).
 */
export function failure({ drop, delay }: CheckedOptions): number {
  const x = ROUND_MILLISECONDS / delay;
  const inTime = delay === 0 ? 1 : 1 - Math.exp(-x) * (1 + x);
  return 1 - (1 - drop) * inTime;
}

const alone: Row = { self: 1, partners: [], weights: [] };

/** The plan over all peers; rows of those who are away are empty. */
function planned(options: CheckedOptions, round: number, isThere: readonly boolean[]): MixingPlan {
  const { peers, degree, seed } = options;
  const topology = topologies.named(options.topology);
  if (topology.plansOver === "members") return topology.plan(peers, { round, seed, degree });
  const there = isThere.flatMap((present, i) => present ? [i] : []);
  const rows = new Array<Row>(peers).fill(alone);
  if (there.length === 0) return rows;
  topology.plan(there.length, { round, seed, degree }).forEach(({ self, partners, weights }, k) => {
    rows[there[k]] = { self, partners: partners.map((partner) => there[partner]), weights };
  });
  return rows;
}

/** The exchanges of `plan` that do not fail; each link is decided once, for both sides. */
function surviving(plan: MixingPlan, isThere: readonly boolean[], fails: () => boolean): MixingPlan {
  const broken = plan.map(() => new Set<number>());
  plan.forEach(({ partners }, own) => {
    for (const partner of partners) {
      if (partner < own) continue;
      if (isThere[own] && isThere[partner] && !fails()) continue;
      broken[own].add(partner);
      broken[partner].add(own);
    }
  });
  return plan.map((row, own) => {
    if (broken[own].size === 0) return row;
    const kept = row.partners.flatMap((partner, k) => broken[own].has(partner) ? [] : [k]);
    const weights = kept.map((k) => row.weights[k]);
    const self = 1 - weights.reduce((sum, weight) => sum + weight, 0);
    return { self, partners: kept.map((k) => row.partners[k]), weights };
  });
}

/** What comes about in `round`, from 0. */
export function realise(options: CheckedOptions, round: number): Realised {
  const { peers, churn, drop, delay, seed } = options;
  const rng = new Rng(seed).fork(`faults/${round}`);
  const isThere = Array.from({ length: peers }, () => !rng.chance(churn));
  const plan = planned(options, round, isThere);
  const wait = () => -Math.log(1 - rng.uniform()) * delay;
  if (topologies.named(options.topology).links === "two-way") {
    if (churn === 0 && drop === 0 && delay === 0) return { rows: plan, pushes: [] };
    const fails = () => rng.chance(drop) || wait() + wait() > ROUND_MILLISECONDS;
    return { rows: surviving(plan, isThere, fails), pushes: [] };
  }
  const pushes = plan.flatMap(({ partners, weights }, to) =>
    partners.flatMap((from, k): Push[] => {
      if (!isThere[from] || !isThere[to] || rng.chance(drop)) return [];
      return [{ from, to, weight: weights[k], late: Math.floor(wait() / ROUND_MILLISECONDS) }];
    })
  );
  return { rows: [], pushes };
}
