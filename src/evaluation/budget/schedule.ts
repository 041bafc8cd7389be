/**
 * How long an evaluation takes by what was measured, and which rounds and steps, the same for every method, spend what
 * time there is.
 *
 * @module
 */
import { isUserError } from "../../core/errors.ts";
import { type Costs, planSchedule, type SchedulePlan } from "../../planning/schedule.ts";

/** Rounds and steps, the same for every method that says nothing else. */
export type Steps = Pick<SchedulePlan, "rounds" | "stepsPerRound" | "fineTune">;

/** What a group of cells, which share a pre-training, takes with a plan; seconds. */
export interface GroupCosts {
  /** Of a step of pre-training of all sites, which take turns; 0: there is no pre-training. */
  readonly pretrainStep: number;
  /** Of a round, beside its steps, likewise. */
  readonly round: number;
  /** Of a step of fine-tuning of all networks of all cells. */
  readonly fineTuneStep: number;
  /** Of all in all, where methods may have rounds and steps of their own. */
  total(plan: Steps): number;
}

/** When the last of `seconds` is over, where `parallel` at a time are begun in their order. */
export function makespan(seconds: readonly number[], parallel: number): number {
  const busyUntil = new Array<number>(Math.max(1, parallel)).fill(0);
  for (const one of seconds) {
    const next = busyUntil.indexOf(Math.min(...busyUntil));
    busyUntil[next] += one;
  }
  return Math.max(...busyUntil);
}

/** Options of {@linkcode planEvaluation}. */
export interface PlanEvaluationOptions {
  /** Groups at a time. */
  parallel: number;
  /** The fewest steps of fine-tuning that make sense. @default 1 */
  fewestSteps?: number;
}

/** Halvings of the interval in which the plan is looked for. */
const HALVINGS = 40;

/**
 * The longest plan with which all groups are done within `seconds`.
 *
 * @throws {UserError} if there is no time for one round and the fewest steps.
 */
export function planEvaluation(
  groups: readonly GroupCosts[],
  seconds: number,
  { parallel, fewestSteps }: PlanEvaluationOptions,
): SchedulePlan {
  const sum = (pick: (group: GroupCosts) => number) => groups.reduce((total, group) => total + pick(group), 0);
  const costs: Costs = {
    pretrainStep: sum(({ pretrainStep }) => pretrainStep),
    round: sum(({ round }) => round),
    fineTuneStep: sum(({ fineTuneStep }) => fineTuneStep),
  };
  const planned = (spent: number) => planSchedule(spent, { costs, fewestSteps });
  const fits = (spent: number) => {
    try {
      const plan = planned(spent);
      return makespan(groups.map((group) => group.total(plan)), parallel) <= seconds;
    } catch (error) {
      if (isUserError(error)) return true; // it is so little that nothing can be planned
      throw error;
    }
  };
  let [least, most] = [0, Math.max(0, seconds) * Math.max(1, parallel)];
  if (fits(most)) least = most;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (least + most) / 2;
    if (fits(middle)) least = middle;
    else most = middle;
  }
  return planned(least);
}
