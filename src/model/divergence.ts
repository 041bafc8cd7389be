/**
 * Watches a training for steps that are not finite, and says why when they do not end.
 *
 * @module
 */
import { isUserError, UserError } from "../core/errors.ts";
import { allFinite } from "../core/vectors.ts";
import { isFiniteStep, type JudgedStep } from "../engine/steps/verdict.ts";
import type { Tensor } from "../engine/tensors.ts";
import type { NamedVariables } from "./layers.ts";

/** Skipped steps in a row that end a training where nothing else is said. */
const DEFAULT_PATIENCE = 5;

/** What is watched. */
export interface DivergenceWatchOptions {
  /** What an error says is being done: "pre-training". */
  doing: string;
  /** What is trained. */
  variables: NamedVariables;
  /** What it is trained on. */
  volumes: readonly { readonly id: string; readonly image: Float32Array }[];
  /** Skipped steps in a row that end the training. @default 5 */
  patience?: number;
}

/** One step as the watch sees it. */
export interface SeenStep extends JudgedStep {
  /** By the variables' names; where the step was seen late, those of the last one that was made, or none. */
  gradients: ReadonlyMap<string, Tensor>;
  /** That the step was taken with, for the diagnosis. */
  learningRate: number;
}

/** What the error of a training that does not go on says. */
const NOT_FINITE = "gave no finite loss and gradients";

/** Whether `error` is that of {@linkcode DivergenceWatch}, also after it has crossed from a worker. */
export function isDivergence(error: unknown): boolean {
  return isUserError(error) && error.message.includes(NOT_FINITE);
}

/** Counts the steps that had to be skipped. */
export class DivergenceWatch {
  readonly #options: DivergenceWatchOptions;
  /** Skipped steps. */
  skipped = 0;
  #inARow = 0;

  /** Watches one training. */
  constructor(options: DivergenceWatchOptions) {
    this.#options = options;
  }

  /**
   * Takes note of a step.
   *
   * @throws {UserError} with a diagnosis, when as many steps in a row as it has patience for were not finite.
   */
  async see(step: SeenStep): Promise<void> {
    if (isFiniteStep(step)) {
      this.#inARow = 0;
      return;
    }
    const { doing, patience = DEFAULT_PATIENCE } = this.#options;
    this.skipped++;
    if (++this.#inARow < patience) return;
    const steps = patience === 1 ? "a step" : `${patience} steps in a row`;
    throw new UserError(`${doing}: ${steps} ${NOT_FINITE}; ${await this.#diagnose(step)}`);
  }

  async #diagnose({ loss, norm, gradients, learningRate }: SeenStep): Promise<string> {
    const { variables, volumes } = this.#options;
    const rate = `the learning rate of ${Number(learningRate.toPrecision(3))}`;
    const spoilt = volumes.find(({ image }) => !allFinite(image));
    if (spoilt) return `the volume ${spoilt.id} holds values that are not finite`;
    for (const [name, variable] of variables) {
      if (!allFinite(await variable.data<"float32">())) {
        return `the weights ${name} are not finite: those that were loaded or averaged were not, ` +
          `or ${rate} is too high`;
      }
    }
    for (const [name, gradient] of gradients) {
      if (!allFinite(await gradient.data<"float32">())) {
        return `the loss was ${loss} and the gradient of ${name} is not finite: lower ${rate}`;
      }
    }
    return `the loss was ${loss} and the gradients' norm ${norm}: lower ${rate}`;
  }
}
