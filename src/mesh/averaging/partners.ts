/**
 * With whom to average, and when to ask again. Pure and seeded.
 *
 * @module
 */
import { Rng } from "../../core/rng.ts";
import { partnersOf, type PlannedPartners } from "./topologies/topologies.ts";
import type { Topology } from "./topologies/topology.ts";

/** The order in which connected members are asked: all of them once, at random. */
export function partnerOrder(members: readonly string[], rng: Rng): string[] {
  return rng.shuffle([...members].sort());
}

/**
 * How long to wait after everybody asked was busy, in milliseconds: uniform in a window that doubles with each attempt
 * (10 to 320 ms), so that two peers that keep asking each other at the same time part soon.
 */
export function busyDelay(attempt: number, rng: Rng): number {
  return rng.uniform(1, 10 * 2 ** Math.min(attempt, 5));
}

/** What {@linkcode planStep} depends on. */
export interface PlanStepOptions {
  self: string;
  /** All of the consortium, `self` among them or not. */
  members: readonly string[];
  /** Those that are there now. */
  present: readonly string[];
  topology: Topology;
  degree: number;
  /** The consortium's name: all who share it draw the same plan. */
  consortium: string;
  step: number;
}

/** This peer's part of the plan of one step. */
export function planStep(options: PlanStepOptions): PlannedPartners {
  const { self, members, present, topology, degree, consortium, step } = options;
  const among = topology.plansOver === "members" ? members : present;
  const { seed } = new Rng(0).fork(`plan/${consortium}`);
  return partnersOf(topology, [...among, self], self, { round: step, seed, degree });
}
