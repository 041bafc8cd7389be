/**
 * Pre-training as a site of a consortium does it.
 *
 * @module
 */
import { flatten, type Layout, unflatten } from "../../core/vectors.ts";
import type { Pretrainer } from "../../pretraining/pretrainer.ts";
import type { SiteTraining } from "../consortium.ts";

/** Options of {@linkcode pretraining}. */
export interface PretrainingOptions {
  /** Steps of a round. */
  steps: number;
  /** Of the pre-trainer's weights. */
  layout: Layout;
}

/** Rounds of `pretrainer`, which stays the caller's to dispose. */
export function pretraining(pretrainer: Pretrainer, { steps, layout }: PretrainingOptions): SiteTraining {
  return {
    async train(round, remote) {
      const training = pretrainer.round({ round, steps, remote });
      let step = await training.next();
      while (!step.done) step = await training.next();
      const { meanLoss: loss, release } = step.value;
      return { vector: flatten(await pretrainer.weights()), loss, release };
    },
    adopt(_, vector) {
      pretrainer.setWeights(unflatten(vector, layout));
    },
  };
}
