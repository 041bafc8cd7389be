/**
 * How long an evaluation takes by what was measured, and which rounds and steps, the same for every method, spend what
 * time there is.
 *
 * @module
 */
import { type Costs, planSchedule, type SchedulePlan } from "../../planning/schedule.ts";

/** Rounds and steps of a protocol, as a budget has planned them. */
export interface EvaluationBudget extends SchedulePlan {
  /** That were given. */
  readonly minutes: number;
}

/** What one group of cells takes, with its own methods' rounds and steps. */
export interface GroupSeconds {
  /** Of pre-training, in which the sites take turns. */
  readonly pretraining: number;
  /** Of all its cells' fine-tuning. */
  readonly fineTuning: number;
  /** Of all else: its start, volumes, tests. */
  readonly beside: number;
}

/** What a group is made of, in seconds. */
export interface GroupCosts {
  /** Sites that pre-train; 0: there is no pre-training. */
  readonly pretraining: number;
  /** Of one step of pre-training of one site. */
  readonly pretrainStep: number;
  /** Of one site's round, beside its steps. */
  readonly round: number;
  /** Networks that are fine-tuned, over all cells. */
  readonly fineTunings: number;
  /** Of one step of fine-tuning of one network. */
  readonly fineTuneStep: number;
  /** Of all else. */
  readonly beside: number;
  /** What the group's methods take of a plan; they may have settings of their own instead. */
  scheduleOf(plan: Pick<SchedulePlan, "rounds" | "stepsPerRound" | "fineTune">): Pick<
    SchedulePlan,
    "rounds" | "stepsPerRound" | "fineTune"
  >;
}

/** What `group` takes with `plan`. */
export function secondsOf(group: GroupCosts, plan: Parameters<GroupCosts["scheduleOf"]>[0]): number {
  const { rounds, stepsPerRound, fineTune } = group.scheduleOf(plan);
  const pretraining = group.pretraining * rounds * (stepsPerRound * group.pretrainStep + group.round);
  return group.beside + pretraining + group.fineTunings * fineTune * group.fineTuneStep;
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
    pretrainStep: sum(({ pretraining, pretrainStep }) => pretraining * pretrainStep),
    round: sum(({ pretraining, round }) => pretraining * round),
    fineTuneStep: sum(({ fineTunings, fineTuneStep }) => fineTunings * fineTuneStep),
  };
  const planned = (spent: number) => planSchedule(spent, { costs, fewestSteps });
  const fits = (spent: number) => {
    try {
      return makespan(groups.map((group) => secondsOf(group, planned(spent))), parallel) <= seconds;
    } catch {
      return true; // so little that nothing can be planned
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
