/**
 * Fine-tuning as a site of a consortium does it.
 *
 * @module
 */
import { flatten, type Layout, unflatten } from "../../core/vectors.ts";
import type { FineTuner } from "../../segmentation/fine_tuner.ts";
import type { SiteTraining } from "../consortium.ts";

/** Options of {@linkcode fineTuning}. */
export interface FineTuningRounds {
  /** Of the whole training. */
  steps: number;
  /** That they are dealt into. */
  rounds: number;
  /** Of the network's weights. */
  layout: Layout;
}

/** Steps that are done after `round`, from 1. */
export function stepsUntil(round: number, { steps, rounds }: Pick<FineTuningRounds, "steps" | "rounds">): number {
  return Math.round(steps * round / rounds);
}

/** Rounds of `tuner`, which stays the caller's to dispose. */
export function fineTuning(tuner: FineTuner, { steps, rounds, layout }: FineTuningRounds): SiteTraining {
  return {
    async train(round) {
      let sum = 0, count = 0;
      for await (const { losses } of tuner.round({ steps: stepsUntil(round, { steps, rounds }) - tuner.step })) {
        for (const loss of losses.filter((loss) => !Number.isNaN(loss))) {
          sum += loss;
          count++;
        }
      }
      return { vector: flatten(await tuner.weights()), loss: sum / count };
    },
    adopt(round, vector) {
      tuner.setWeights(unflatten(vector, layout));
      tuner.skipTo(stepsUntil(round, { steps, rounds })); // one that came late has not done them
    },
  };
}
