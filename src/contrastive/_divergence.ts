/** Watches for steps that are not finite, and says why when they do not end. */
import type * as tf from "@tensorflow/tfjs";
import type { PreparedCase } from "../data/prepare.ts";
import { allFinite } from "../core/vectors.ts";
import type { NamedVariables } from "../model/layers.ts";

/** Pre-training cannot go on: too many steps in a row gave no finite loss and gradients. */
export class DivergedError extends Error {
  override name = "DivergedError";
}

/** Skipped steps in a row after which the round ends. */
const PATIENCE = 5;

/** One step as the watch sees it. */
interface SeenStep {
  /** Whether loss and gradients were. */
  finite: boolean;
  loss: number;
  gradients: ReadonlyMap<string, tf.Tensor>;
  cases: readonly PreparedCase[];
}

/** Counts the steps of a round that were skipped. */
export class DivergenceWatch {
  readonly #variables: NamedVariables;
  /** Skipped steps. */
  skipped = 0;
  #inARow = 0;

  constructor(variables: NamedVariables) {
    this.#variables = variables;
  }

  /** @throws {DivergedError} with a diagnosis, at the fifth skipped step in a row. */
  async see(step: SeenStep): Promise<void> {
    if (step.finite) {
      this.#inARow = 0;
      return;
    }
    this.skipped++;
    if (++this.#inARow < PATIENCE) return;
    throw new DivergedError(
      `pre-training: ${PATIENCE} steps in a row gave no finite loss and gradients; ${await this.#diagnose(step)}`,
    );
  }

  async #diagnose({ loss, gradients, cases }: SeenStep): Promise<string> {
    const spoilt = cases.find(({ image }) => !allFinite(image));
    if (spoilt) return `the volume ${spoilt.id} holds values that are not finite`;
    for (const [name, variable] of this.#variables) {
      if (!allFinite(await variable.data<"float32">())) {
        return `the weights ${name} are not finite: the averaged weights were not, or the learning rate is too high`;
      }
    }
    for (const [name, gradient] of gradients) {
      if (!allFinite(await gradient.data<"float32">())) {
        return `the loss was ${loss} and the gradient of ${name} is not finite: lower the learning rate`;
      }
    }
    return `the loss was ${loss}`;
  }
}
