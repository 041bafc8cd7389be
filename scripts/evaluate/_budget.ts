/**
 * How an evaluation spends the minutes that it is given: equal rounds and steps for every method, from a few steps of
 * each, which as many processes take at a time as there will be.
 *
 * @module
 */
import { measureTogether } from "../../src/cli/measuring/measure.ts";
import type { MeasureTask } from "../../src/cli/measuring/task.ts";
import { type EvaluationBudget, withBudget } from "../../src/evaluation/budget/budget.ts";
import { groupCosts } from "../../src/evaluation/budget/group_costs.ts";
import { planEvaluation } from "../../src/evaluation/budget/schedule.ts";
import type { PlannedCell } from "../../src/evaluation/plan/cells.ts";
import { pretrainConfigOf } from "../../src/evaluation/protocol/method_fits.ts";
import { methodNamed } from "../../src/evaluation/protocol/protocol.ts";
import { PLANNING } from "../../src/planning/table.ts";
import type { Evaluation, EvaluationRequest } from "./_evaluation.ts";
import { groupsOf } from "./_group.ts";

/** Options of {@linkcode planBudget}. */
export interface PlanBudgetOptions {
  /** What there is to spend, from the command's beginning. */
  minutes: number;
  request: EvaluationRequest;
  /** Of the whole grid. */
  cells: readonly PlannedCell[];
  /** Groups at a time. */
  parallel: number;
}

/**
 * Measures and plans, and says so in a line.
 *
 * @throws {UserError} if the minutes are too few.
 */
export async function planBudget(evaluation: Evaluation, options: PlanBudgetOptions): Promise<EvaluationBudget> {
  const { minutes, request, cells, parallel } = options;
  const { folds, roles, protocol } = evaluation;
  const groups = groupsOf(cells);
  const task = taskOf(evaluation, options);
  const kinds = Object.keys(task.pretrain).length + Object.keys(task.fineTune).length;
  console.log(`measuring how fast ${kinds} kinds of training are`);
  const measured = await measureTogether(Array.from({ length: Math.min(parallel, groups.length) }, () => task));
  const fineTune = Object.fromEntries(
    [...evaluation.methods].map(([name, method]) => [name, measured.fineTune[kindOf(method.fineTune)]]),
  );
  const methodWith = (name: string, plan: Pick<EvaluationBudget, "rounds" | "stepsPerRound" | "fineTune">) =>
    methodNamed(name, withBudget(protocol, { ...plan, minutes, pretrainShare: 1 }), request.protocol);
  const costs = groups.map((group) =>
    groupCosts(group, { fold: folds[group[0].fold], roles, measured: { ...measured, fineTune }, methodWith })
  );
  const isTogether = cells.some(({ mode }) => mode === "federated" || mode === "central");
  const plan = planEvaluation(costs, 60 * minutes - performance.now() / 1000 - PLANNING.closing, {
    parallel,
    fewestSteps: isTogether ? protocol.fineTune.rounds : 1,
  });
  const { rounds, stepsPerRound } = plan;
  console.log(
    `plan for ${minutes} min: ${rounds} rounds x ${stepsPerRound} steps of pre-training, ${plan.fineTune} steps of ` +
      `fine-tuning for every method that says nothing else; ${measured.engine}`,
  );
  return { minutes, ...plan };
}

/** What a step of fine-tuning costs the same with, whatever it is. */
const OF_NO_COST = new Set(
  ["steps", "rounds", "exchanges", "testEvery", "learningRate", "encoderRate", "balance"]
    .concat(["warmUpSteps", "rateWarmUp", "decoderFirst", "levelDecay", "schedule", "tested", "mirror"]),
);

/** A kind of fine-tuning by what its steps cost. */
function kindOf(fineTune: Evaluation["protocol"]["fineTune"]): string {
  return JSON.stringify(Object.entries(fineTune).filter(([name]) => !OF_NO_COST.has(name)).sort());
}

/** What the methods train, with two volumes of a site. */
function taskOf(evaluation: Evaluation, { minutes, request, cells }: PlanBudgetOptions): MeasureTask {
  const { protocol, folds, plan, network: { classes: _, ...network }, patch, methods, roles } = evaluation;
  const pretrained = new Set(cells.flatMap(({ method }) => methods.get(method)!.pretrainedAs ?? []));
  const pretrain = [...pretrained].flatMap((name) => {
    const method = methods.get(name) ?? methodNamed(name, protocol, request.protocol);
    return method.objective === null || method.from ? [] : [[name, pretrainConfigOf(method, patch)] as const];
  });
  const fineTune = [...methods.values()].map(({ fineTune }) => [kindOf(fineTune), fineTune] as const);
  const { training, labelled } = folds[0][roles.labelled[0]];
  const kinds = pretrain.length + new Map(fineTune).size;
  const { measuringShare, leastMeasuring, mostMeasuring } = PLANNING;
  const seconds = 4 * measuringShare * 60 * minutes / kinds;
  return {
    ...{ data: request.dataset, extensions: protocol.extensions ?? [], plan, network, patch },
    engine: { ...request.engine, threads: request.engine.threads ?? 1 },
    pretrain: Object.fromEntries(pretrain),
    fineTune: Object.fromEntries(fineTune),
    training: [...new Set([labelled[0], ...training])].slice(0, 2),
    labelled: labelled[0],
    distances: true,
    seconds: Math.min(mostMeasuring, Math.max(leastMeasuring, seconds)),
    ...{ ahead: 0, recompute: false },
  };
}
