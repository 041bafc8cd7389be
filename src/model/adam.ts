/**
 * Adam over all variables of a group at once: the values lie one after another in one flat tensor, so that a step takes
 * a dozen ops however many variables there are.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { NamedVariables } from "./layers.ts";

/** Options of {@linkcode Adam}; the defaults are those of Kingma and Ba 2015. */
export interface AdamOptions {
  /** Decay of the mean of the gradients. @default 0.9 */
  beta1?: number;
  /** Decay of the mean of their squares. @default 0.999 */
  beta2?: number;
  /** @default 1e-8 */
  epsilon?: number;
}

/** Moves a group of variables along their gradients (Kingma and Ba 2015, algorithm 1). */
export class Adam {
  readonly #variables: readonly tf.Variable[];
  readonly #options: Required<AdamOptions>;
  #mean: tf.Tensor1D; // [values of all variables]
  #square: tf.Tensor1D; // [values of all variables]
  #steps = 0;

  constructor(variables: NamedVariables, options: AdamOptions = {}) {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    this.#variables = [...variables.values()];
    this.#options = { beta1, beta2, epsilon };
    const length = this.#variables.reduce((sum, { size }) => sum + size, 0);
    this.#mean = tf.keep(tf.zeros([length]));
    this.#square = tf.keep(tf.zeros([length]));
  }

  /**
   * One step against `gradient`.
   *
   * @param gradient [values of all variables], as {@linkcode flattenGradients} gives it; stays the caller's
   * @param rate the learning rate of this step
   */
  step(gradient: tf.Tensor1D, rate: number): void {
    const { beta1, beta2, epsilon } = this.#options;
    this.#steps++;
    const [mean, square] = tf.tidy(() => {
      const mean: tf.Tensor1D = tf.add(tf.mul(this.#mean, beta1), tf.mul(gradient, 1 - beta1));
      const square: tf.Tensor1D = tf.add(tf.mul(this.#square, beta2), tf.mul(tf.square(gradient), 1 - beta2));
      // rate * (mean / (1 - beta1^t)) / (sqrt(square / (1 - beta2^t)) + epsilon), with the corrections moved to scalars
      const root = Math.sqrt(1 - beta2 ** this.#steps);
      const size = rate * root / (1 - beta1 ** this.#steps);
      const move = tf.div(tf.mul(mean, size), tf.add(tf.sqrt(square), epsilon * root)) as tf.Tensor1D;
      this.#subtract(move);
      return [tf.keep(mean), tf.keep(square)]; // whatever tidy the caller is in
    });
    tf.dispose([this.#mean, this.#square]);
    this.#mean = mean;
    this.#square = square;
  }

  /** Takes each variable's part of `move` off it. */
  #subtract(move: tf.Tensor1D): void {
    const parts = tf.split(move, this.#variables.map(({ size }) => size));
    this.#variables.forEach((variable, index) => {
      variable.assign(tf.sub(variable, tf.reshape(parts[index], variable.shape)));
    });
  }

  /** Frees the state. */
  dispose(): void {
    tf.dispose([this.#mean, this.#square]);
  }
}

/** The gradients of `variables`, as tf.variableGrads names them, one after another: [values of all variables]. */
export function flattenGradients(variables: NamedVariables, gradients: tf.NamedTensorMap): tf.Tensor1D {
  return tf.tidy(() => {
    const parts = [...variables.values()].map(({ name, size }) => tf.reshape(gradients[name], [size]) as tf.Tensor1D);
    return tf.concat(parts);
  });
}
