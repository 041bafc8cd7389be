/**
 * The pretrainer's optimiser: AdamW with a warm-up, a falling rate and clipped gradients.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { NamedVector } from "../core/vectors.ts";
import { AdamW } from "../engine/optimiser.ts";
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
  /** Gradients are scaled down to this norm over all variables. */
  clipNorm: number;
}

/** Moves a network's variables. */
export class Optimiser {
  readonly #options: OptimiserOptions;
  readonly #adam: AdamW;

  constructor(variables: NamedVariables, options: OptimiserOptions) {
    this.#options = options;
    this.#adam = new AdamW(variables, { weightDecay: options.weightDecay });
  }

  /** Steps made. */
  get steps(): number {
    return this.#adam.steps;
  }

  /** The rate of the next step. */
  get learningRate(): number {
    return rateAt(this.steps, this.#options);
  }

  /**
   * One step.
   *
   * @param gradients by the variables' names; a variable that is absent does not move.
   * @param norm the gradients' norm over all variables, finite.
   */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, norm: number): void {
    this.#adam.apply(gradients, {
      learningRate: this.learningRate,
      scale: Math.min(1, this.#options.clipNorm / norm),
    });
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
