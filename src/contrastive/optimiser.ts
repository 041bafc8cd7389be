/**
 * Adam with a warm-up, a falling rate and clipped gradients, whose state can be saved.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { NamedVector } from "../core/vectors.ts";
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
  /** Gradients are scaled down to this norm over all variables. */
  clipNorm: number;
}

/** Moves a network's variables. */
export class Optimiser {
  readonly #variables: NamedVariables;
  readonly #options: OptimiserOptions;
  #adam: RatedAdam;
  #steps = 0;

  constructor(variables: NamedVariables, options: OptimiserOptions) {
    this.#variables = variables;
    this.#options = options;
    this.#adam = new RatedAdam(options.learningRate);
  }

  /** Steps made. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * One step.
   *
   * @param gradients by the variables' names; a variable that is absent does not move. The same names at every step.
   * @param norm the gradients' norm over all variables, finite.
   */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, norm: number): void {
    const scale = Math.min(1, this.#options.clipNorm / norm);
    this.#adam.rate = rateAt(this.#steps, this.#options);
    tf.tidy(() => {
      this.#adam.applyGradients(
        [...this.#variables].filter(([name]) => gradients.has(name)).map(([name, variable]) => ({
          name: variable.name,
          tensor: scale < 1 ? gradients.get(name)!.mul(scale) : gradients.get(name)!,
        })),
      );
    });
    this.#steps++;
  }

  /** The state: the step count and both moments of every variable that has moved. */
  async save(): Promise<NamedVector[]> {
    const steps = { name: "optimiser/steps", shape: [1], data: Float32Array.of(this.#steps) };
    if (this.#steps === 0) return [steps];
    const [iterations, ...moments] = await this.#adam.getWeights();
    iterations.tensor.dispose();
    const named = await Promise.all(moments.map(async ({ tensor }, index) => ({
      name: `optimiser/moment${index}`,
      shape: [...tensor.shape],
      data: Float32Array.from(await tensor.data<"float32">()),
    })));
    return [steps, ...named];
  }

  /**
   * Restores what {@linkcode Optimiser.save} gave.
   *
   * @throws {RangeError} if the state is not that of these variables; nothing changes then.
   */
  async load(vectors: readonly NamedVector[]): Promise<void> {
    const steps = vectors.find(({ name }) => name === "optimiser/steps");
    if (!steps) throw new RangeError("an optimiser's state must hold optimiser/steps");
    const moments = vectors.filter(({ name }) => name.startsWith("optimiser/moment"));
    this.#check(moments);
    this.#adam.dispose();
    this.#adam = new RatedAdam(this.#options.learningRate);
    this.#steps = steps.data[0];
    if (this.#steps === 0) return;
    const tensors = [
      tf.scalar(this.#steps, "int32"),
      ...moments.map(({ shape, data }) => tf.tensor(data.slice(), [...shape], "float32")),
    ];
    await this.#adam.setWeights(tensors.map((tensor, index) => ({ name: `${index}`, tensor })));
    tf.dispose(tensors);
  }

  #check(moments: readonly NamedVector[]): void {
    const shapes = [...this.#variables.values()].map(({ shape }) => shape.join());
    const half = moments.length / 2;
    const fits = moments.length % 2 === 0 && half <= shapes.length &&
      moments.every(({ shape, data }, index) =>
        shape.join() === moments[index % half].shape.join() && shapes.includes(shape.join()) &&
        data.length === shape.reduce((product, extent) => product * extent, 1)
      );
    if (!fits) {
      throw new RangeError("an optimiser's state must hold two moments of each variable, in the variables' order");
    }
  }

  /** Frees the state. */
  dispose(): void {
    this.#adam.dispose();
  }
}

/** tfjs's Adam, whose rate is settable (it is protected there). */
class RatedAdam extends tf.AdamOptimizer {
  constructor(rate: number) {
    super(rate, 0.9, 0.999);
  }

  set rate(rate: number) {
    this.learningRate = rate;
  }
}
