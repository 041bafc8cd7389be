/**
 * A protocol's rounds and steps as minutes have planned them.
 *
 * @module
 */
import type { SchedulePlan } from "../../planning/schedule.ts";
import type { Protocol } from "../protocol/types.ts";

/** What was planned for an evaluation. */
export interface EvaluationBudget extends SchedulePlan {
  /** What there was to spend. */
  readonly minutes: number;
}

/**
 * The protocol with the rounds and steps of the budget in the place of its own; what a method says of its own still
 * counts for it. Where nothing is pre-trained its rounds stay.
 */
export function withBudget(protocol: Protocol, budget: EvaluationBudget | undefined): Protocol {
  if (budget === undefined) return protocol;
  const { rounds, stepsPerRound, fineTune, pretrainShare } = budget;
  return {
    ...protocol,
    ...(pretrainShare > 0 && { schedule: { ...protocol.schedule, rounds, stepsPerRound } }),
    fineTune: { ...protocol.fineTune, steps: fineTune },
  };
}
