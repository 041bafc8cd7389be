/**
 * The pretrainer's optimiser: AdamW with a warm-up and a falling rate.
 *
 * @module
 */
import type { NamedVector } from "../core/vectors.ts";
import { AdamW } from "../engine/optimiser.ts";
import type { Verdict } from "../engine/steps/verdict.ts";
import type { Tensor } from "../engine/tensors.ts";
import type { NamedVariables } from "../model/layers.ts";

/** The rate's course. */
export interface RateSchedule {
  /** The highest rate. */
  learningRate: number;
  /** Steps over which the rate rises from nearly nothing. */
  warmUpSteps: number;
  /** Steps over which it then falls to a twentieth, along a cosine; 0: it stays. */
  decaySteps: number;
}

/** The rate of step `step`, counted from 0. */
export function rateAt(step: number, { learningRate, warmUpSteps, decaySteps }: RateSchedule): number {
  const warmUp = Math.min(1, (step + 1) / (warmUpSteps + 1));
  if (decaySteps === 0) return learningRate * warmUp;
  const progress = Math.min(1, Math.max(0, step - warmUpSteps) / decaySteps);
  return learningRate * warmUp * (0.05 + 0.95 * (1 + Math.cos(Math.PI * progress)) / 2);
}

/** Options of {@linkcode Optimiser}. */
export interface OptimiserOptions extends RateSchedule {
  /** See AdamW. */
  weightDecay: number;
}

/** Moves a network's variables. */
export class Optimiser {
  readonly #options: OptimiserOptions;
  readonly #adam: AdamW;

  constructor(variables: NamedVariables, options: OptimiserOptions) {
    this.#options = options;
    this.#adam = new AdamW(variables, { weightDecay: options.weightDecay });
  }

  /** Steps made; those of which only a card knows whether they moved anything are among them. */
  get steps(): number {
    return this.#adam.steps;
  }

  /** The rate of the next step. */
  get learningRate(): number {
    return rateAt(this.steps, this.#options);
  }

  /**
   * One step, where the verdict is that it moves the variables.
   *
   * @param gradients by the variables' names; a variable that is absent does not move.
   */
  apply(gradients: ReadonlyMap<string, Tensor>, verdict: Verdict): void {
    this.#adam.apply(gradients, { learningRate: (steps) => rateAt(steps, this.#options), verdict });
  }

  /** The state: the step count and both moments of every variable that has moved. */
  save(): Promise<NamedVector[]> {
    return this.#adam.read();
  }

  /**
   * Restores what {@linkcode Optimiser.save} gave; other vectors are passed over.
   *
   * @throws {RangeError} if the state is not that of these variables; nothing changes then.
   */
  load(vectors: readonly NamedVector[]): void {
    this.#adam.write(vectors.filter(({ name }) => name.startsWith("adam/")));
  }

  /** Frees the state. */
  dispose(): void {
    this.#adam.dispose();
  }
}
