/**
 * How a budget of seconds is spent: rounds and steps of pre-training, and steps of fine-tuning, from what was measured.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { PLANNING } from "./table.ts";

/** What training costs, as a whole: of all that runs one after another. */
export interface Costs {
  /** Of a step of pre-training; 0: nothing is pre-trained. */
  pretrainStep: number;
  /** Of a round, beside its steps. */
  round: number;
  /** Of a step of fine-tuning, of all networks that are fine-tuned; 0: none is. */
  fineTuneStep: number;
}

/** What may be given, and is then not planned. */
export interface GivenSchedule {
  /** Rounds of pre-training. */
  rounds?: number;
  /** Training steps a round. */
  stepsPerRound?: number;
  /** Steps of fine-tuning. */
  fineTune?: number;
}

/** Options of {@linkcode planSchedule}. */
export interface ScheduleOptions {
  /** What training costs. */
  costs: Costs;
  /** What is not planned. @default nothing */
  given?: GivenSchedule;
  /** Of the seconds, what goes to pre-training where both are planned, from 0 to 1. @default PLANNING.pretrainShare */
  pretrainShare?: number;
  /** The fewest steps of fine-tuning that make sense. @default 1 */
  fewestSteps?: number;
}

/** How long everything is trained. */
export interface SchedulePlan {
  /** Rounds of pre-training. */
  rounds: number;
  /** Training steps a round. */
  stepsPerRound: number;
  /** Steps of fine-tuning. */
  fineTune: number;
  /** Of the seconds, what pre-training was given. */
  pretrainShare: number;
}

/**
 * Spends `seconds`: what is given is paid for first, and the rest is divided between what is planned.
 *
 * @throws {UserError} if there is no time for one round and the fewest steps.
 */
export function planSchedule(seconds: number, options: ScheduleOptions): SchedulePlan {
  const { costs, given = {}, fewestSteps = 1, pretrainShare = PLANNING.pretrainShare } = options;
  const { pretrainStep, round, fineTuneStep } = costs;
  const share = pretrainStep === 0 ? 0 : fineTuneStep === 0 ? 1 : pretrainShare;
  const forPretraining = given.fineTune === undefined ? share * seconds : seconds - given.fineTune * fineTuneStep;
  const { rounds, stepsPerRound } = planRounds(forPretraining, costs, given);
  const left = seconds - rounds * (stepsPerRound * pretrainStep + round);
  const fineTune = given.fineTune ?? (fineTuneStep === 0 ? fewestSteps : Math.floor(left / fineTuneStep));
  if (rounds < 1 || fineTune < fewestSteps) {
    throw new UserError(
      `planning the training: there must be time for a round of pre-training and ${fewestSteps} steps of fine-tuning`,
      { where: "minutes", value: `${Math.max(0, seconds).toFixed(0)} s are left for training` },
    );
  }
  return { rounds, stepsPerRound, fineTune, pretrainShare: share };
}

/** The rounds that `seconds` have room for: of fewer steps where there would be few of them. */
function planRounds(seconds: number, { pretrainStep, round }: Costs, given: GivenSchedule) {
  const { stepsPerRound: usual, fewestRounds } = PLANNING;
  const stepsWithin = (rounds: number) => Math.max(1, Math.floor((seconds / rounds - round) / pretrainStep));
  const roundsOf = (stepsPerRound: number) => Math.floor(seconds / (stepsPerRound * pretrainStep + round));
  if (pretrainStep === 0) return { rounds: given.rounds ?? 1, stepsPerRound: given.stepsPerRound ?? usual };
  if (given.rounds !== undefined) {
    return { rounds: given.rounds, stepsPerRound: given.stepsPerRound ?? stepsWithin(given.rounds) };
  }
  const stepsPerRound = given.stepsPerRound ?? Math.min(usual, stepsWithin(fewestRounds));
  return { rounds: roundsOf(stepsPerRound), stepsPerRound };
}
