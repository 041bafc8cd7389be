/**
 * How the demo spends the minutes that it is given: what its network is like, and how long it is trained, from a few
 * steps that as many processes as there will be peers take at a time.
 *
 * @module
 */
import { memoryLimit } from "../core/memory_limit.ts";
import type { Triple } from "../core/triple.ts";
import type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
import type { PeerSplit } from "../data/splits.ts";
import type { PeerConfiguration } from "../peer/configuration.ts";
import { fingerprintOf, gridsOf } from "../planning/fingerprint.ts";
import type { MethodPlan } from "../planning/network.ts";
import { type Costs, type GivenSchedule, planSchedule } from "../planning/schedule.ts";
import { chooseSize, planSize, type SizePlan, workOf } from "../planning/size.ts";
import { structuresOf } from "../planning/structures.ts";
import { PLANNING } from "../planning/table.ts";
import { areEnoughToTeach, planTeaching, type TeachingPlan } from "../planning/teaching.ts";
import { type DemoOptions, roundsTogether } from "./demo_flags.ts";
import { measureTogether } from "./measuring/measure.ts";
import type { Measured, MeasureTask } from "./measuring/task.ts";

/** What the sites train: network and patches; filters and batch where they are planned. */
export type DemoMethod = MethodPlan & Pick<SizePlan, "levels"> & Partial<Pick<SizePlan, "baseFilters" | "batch">>;

/** When a peer's training ends at the latest, as its `schedule` says. */
export interface DemoLimit {
  readonly minutes: number;
  readonly pretrainShare: number;
}

/** What {@linkcode planWithin} plans for. */
export interface DemoBudget {
  /** The command's. */
  options: DemoOptions;
  /** When it began: what it has taken already is spent. */
  startedAt: Date;
  /** The sites' cases. */
  splits: readonly PeerSplit[];
  /** All cases whose labels may be learnt from. */
  labelled: readonly CaseReference[];
  /** What a peer makes of a method; throws for one that it cannot run. */
  configure(method: DemoMethod): Promise<PeerConfiguration>;
}

/** A method, and what was measured of it. */
interface MeasuredMethod {
  method: SizePlan;
  configuration: PeerConfiguration;
  measured: Measured;
  /** Seconds that measuring took. */
  took: number;
}

/** Fine-tuned one after another: from the pre-trained encoder, and from scratch. */
const NETWORKS = 2;

/**
 * Plans method and schedule, and says so in two lines.
 *
 * @throws {UserError} if the minutes are too few.
 */
export async function planWithin(dataset: Dataset, budget: DemoBudget): Promise<{
  method: SizePlan;
  schedule: { rounds: number; steps: number; fineTune: number; taught: boolean; limit: DemoLimit };
}> {
  const { options, splits, labelled, configure } = budget;
  const { minutes = 0, peers, fieldOfView, sliceSpacing } = options;
  const rounds = roundsTogether(options);
  const given = { rounds: options.rounds, stepsPerRound: options.steps, fineTune: options.fineTune };
  const headers = { fieldOfView, sliceSpacing };
  const fingerprint = {
    ...fingerprintOf(await gridsOf(dataset.cases, headers)),
    ...await structuresOf(labelled, dataset, headers),
  };
  const measure = async (method: SizePlan): Promise<MeasuredMethod> => {
    const since = performance.now();
    const configuration = await configure(method);
    console.log(`measuring how fast ${peers} peers train: patches of ${shown(method.patch)} voxels`);
    const measured = await measureTogether(splits.map((split) => taskOf(configuration, split, minutes)));
    return { method, configuration, measured, took: (performance.now() - since) / 1000 };
  };
  const size = { voxelBudget: options.voxels };
  let chosen = await measure(planSize(fingerprint, PLANNING.sizes[PLANNING.firstSize], size));
  const left = () => secondsLeft(budget, chosen.measured);
  const { fineTuneStep: tuning, pretrainStep } = costsOf(chosen);
  const better = chooseSize(fingerprint, {
    ...{ plan: chosen.method, stepSeconds: tuning || pretrainStep },
    testSeconds: testsOf(budget) * chosen.measured.test,
  }, {
    ...size,
    seconds: (tuning > 0 ? 1 - PLANNING.pretrainShare : 1) * left() + testsOf(budget) * chosen.measured.test,
    memory: PLANNING.memoryShare * memoryLimit().bytes / peers,
    patches: 2 * chosen.configuration.pretrain.volumes,
    steps: given.fineTune,
  });
  if (JSON.stringify(better) !== JSON.stringify(chosen.method)) {
    const isWorthIt = chosen.took < PLANNING.measuringAgain * left();
    chosen = isWorthIt ? await measure(better) : { ...chosen, ...scaled(chosen, better) };
  }
  const { method, configuration, measured } = chosen;
  const costs = costsOf(chosen);
  const together = NETWORKS * rounds * configuration.schedule.exchanges * PLANNING.exchange;
  const plan = planSchedule(left() - together, { costs, given, fewestSteps: Math.max(1, rounds) });
  const { steps: fineTune, taught } = teachingSteps(plan.fineTune, given);
  const { spacing, patch, levels, baseFilters, batch } = method;
  console.log(
    `plan for ${minutes} min: voxels of ${shown(spacing)} mm (x, y, z), patches of ${shown(patch)} voxels (z, y, x), ` +
      `${levels} levels from ${baseFilters} filters, ${batch} patches a step\n` +
      `  ${plan.rounds} rounds x ${plan.stepsPerRound} steps of pre-training (${
        costs.pretrainStep.toFixed(3)
      } s each), ` +
      `${fineTune} steps of fine-tuning${taught ? ", on unlabelled volumes, too" : ""} (${
        (plan.fineTune * costs.fineTuneStep / NETWORKS / fineTune).toFixed(3)
      } s each); ${measured.engine}`,
  );
  const ofPretraining = plan.rounds * (plan.stepsPerRound * costs.pretrainStep + costs.round);
  const share = ofPretraining / (ofPretraining + plan.fineTune * costs.fineTuneStep);
  const limit = { minutes: minutesToTrain(budget, measured), pretrainShare: Number(share.toFixed(3)) };
  return { method, schedule: { rounds: plan.rounds, steps: plan.stepsPerRound, fineTune, taught, limit } };
}

/**
 * Fewer steps that learn from unlabelled volumes, too, where there are enough of them; steps that are given are as long
 * as they were measured.
 */
function teachingSteps(planned: number, given: GivenSchedule): TeachingPlan {
  if (given.fineTune !== undefined) return { steps: planned, taught: areEnoughToTeach(planned) };
  return planTeaching(planned);
}

/** What training costs a peer. */
function costsOf({ configuration: { name, schedule: { exchanges } }, measured }: MeasuredMethod): Costs {
  const { step, round, health } = measured.pretrain[name];
  return {
    pretrainStep: step,
    round: round + health + exchanges * PLANNING.exchange,
    fineTuneStep: NETWORKS * (measured.fineTune[name] ?? 0),
  };
}

/** What was measured of one method, as it will be with another: steps take as much longer as their work is more. */
function scaled({ method, measured }: MeasuredMethod, other: SizePlan): Pick<MeasuredMethod, "method" | "measured"> {
  const times = workOf(other) / workOf(method);
  const longer = <Value>(values: Readonly<Record<string, Value>>, make: (value: Value) => Value) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value)]));
  return {
    method: other,
    measured: {
      ...measured,
      fineTune: longer(measured.fineTune, (step) => times * step),
      pretrain: longer(measured.pretrain, ({ step, round, health }) => ({
        ...{ step: times * step, round: times * round, health: times * health },
      })),
    },
  };
}

/** What a site does, with two of its volumes. */
function taskOf(configuration: PeerConfiguration, split: PeerSplit, minutes: number): MeasureTask {
  const { name, extensions, data, network: { patch, ...network }, pretrain, engine } = configuration;
  const { measuringShare, leastMeasuring, mostMeasuring } = PLANNING;
  const [labelled] = split.labelled;
  const { directory, spacing, fieldOfView, sliceSpacing, ahead } = data;
  return {
    ...{ extensions, network, patch, labelled, ahead, recompute: engine.recompute },
    ...{ data: directory, plan: { spacing, fieldOfView, sliceSpacing } },
    engine: { engine: engine.name, threads: engine.threads, adapter: engine.adapter },
    pretrain: { [name]: pretrain },
    fineTune: labelled === undefined ? {} : { [name]: configuration.fineTune },
    distances: false,
    training: [...new Set([labelled ?? split.training[0], ...split.training])].slice(0, 2),
    seconds: Math.min(mostMeasuring, Math.max(leastMeasuring, measuringShare * 60 * minutes)),
  };
}

/** Test cases of the site that has most, once for each network. */
function testsOf({ splits }: DemoBudget): number {
  return NETWORKS * Math.max(...splits.map(({ labelled, test }) => labelled.length > 0 ? test.length : 0));
}

/** What of the minutes is left for training, once all else is paid for. */
function secondsLeft(budget: DemoBudget, measured: Measured): number {
  const { options: { minutes = 0 }, startedAt, splits } = budget;
  const prepared = Math.max(...splits.map(({ training, probe, test }) => training.length + probe.length + test.length));
  const elapsed = (Date.now() - startedAt.getTime()) / 1000;
  const beside = measured.start + PLANNING.joining + prepared * measured.prepare + testsOf(budget) * measured.test;
  return 60 * minutes - elapsed - beside - PLANNING.closing;
}

/** How long a peer that starts now may train, so that its tests end within the minutes. */
function minutesToTrain(budget: DemoBudget, measured: Measured): number {
  const { options: { minutes = 0 }, startedAt } = budget;
  const seconds = 60 * minutes - (Date.now() - startedAt.getTime()) / 1000 - testsOf(budget) * measured.test -
    PLANNING.closing;
  return Number(Math.max(0.1, seconds / 60).toFixed(2));
}

const shown = (triple: Triple) => triple.join(" x ");
