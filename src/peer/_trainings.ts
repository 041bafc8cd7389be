/** The trainings of a run that sites do together, in the order in which they come. */
import { raceAbort } from "../core/deadline.ts";
import type { FineTuneSettings } from "../settings/types.ts";
import type { Run, Training } from "./_run.ts";
import { SharedWeights } from "./_shared_weights.ts";
import type { Method } from "./events.ts";
import { fineTuningMass, joinsAfter } from "./fine_tuning_part.ts";
import type { TrainerOpened } from "./trainer_api.ts";

/** The methods, in the order in which they are fine-tuned: from scratch only where that is asked for. */
export function methodsOf({ baseline }: Pick<FineTuneSettings, "baseline">): readonly Method[] {
  return baseline ? ["pretrained", "scratch"] : ["pretrained"];
}

/** Rounds that a run does together with others. */
export function totalRounds({ schedule, fineTune }: Run["configuration"]): number {
  return schedule.rounds + (fineTune.mode === "federated" ? methodsOf(fineTune).length * fineTune.rounds : 0);
}

/** Pre-training. */
export function pretraining(
  { configuration, mesh, trainer, onProgress, budget, pretrained }: Run,
  opened: TrainerOpened,
): Training {
  const { schedule: { rounds }, mesh: { averaging: { outer } } } = configuration;
  const { layoutDigest, vector, round: done, cases: { training: mass } } = opened;
  return {
    ...{ rounds, done, layoutDigest },
    before: 0,
    values: vector.length,
    weights: new SharedWeights({ averaging: mesh.averaging, opened, mass, outer }),
    ...(budget && { hasTime: () => budget.hasTimeForRound(pretrained()) }),
    train: (round) => trainer.round(round, mesh.features.remote(), onProgress),
    rollBack: () => trainer.rollBack(),
    adopt: (round, adoption) => trainer.adopt(round, adoption),
  };
}

/**
 * Federated fine-tuning of one method: the whole network, each site with the weight of its labelled cases and a share
 * for what else it learns from. One without labels joins the others.
 */
export async function fineTuning(run: Run, method: Method, cases: TrainerOpened["cases"]): Promise<Training> {
  const { configuration, mesh, trainer, onProgress, emit, signal, budget, fineTuneRounds } = run;
  const { schedule, fineTune, mesh: { averaging: { outer } } } = configuration;
  const { rounds } = fineTune;
  const methods = methodsOf(fineTune), index = methods.indexOf(method);
  const before = schedule.rounds + index * rounds;
  const until = budget && performance.now() + 1000 * budget.partOf(methods.length - index);
  const opened = await raceAbort(trainer.openFineTuning(method), signal);
  for (const message of opened.warnings) emit({ type: "warning", message });
  const { layoutDigest, vector, round: done } = opened;
  // those who are in the training before are given weights without the optimiser from now on
  mesh.averaging.serveOptimiser(() => undefined);
  return {
    ...{ method, before, rounds, done, layoutDigest },
    values: vector.length,
    ...(cases.labelled === 0 && { joinsAfter: joinsAfter(fineTune) }),
    weights: new SharedWeights({
      ...{ averaging: mesh.averaging, opened, outer, before },
      mass: fineTuningMass(cases, fineTune),
    }),
    ...(until !== undefined && {
      hasTime: () => {
        const longest = Math.max(0, ...fineTuneRounds.flatMap((one) => one.method === method ? [one.seconds] : []));
        return performance.now() + 1000 * longest <= until;
      },
    }),
    train: async (round) => ({ ...await trainer.fineTune(round, onProgress), remarks: [] }),
    rollBack: () => trainer.rollBackFineTuning(),
    // fine-tuning takes no other member's optimiser
    adopt: async (round, { optimiser: _, ...adoption }) => ({
      health: null,
      warnings: await trainer.adoptFineTuned(round, adoption),
    }),
  };
}
