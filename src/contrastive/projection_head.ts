/**
 * The projection head: linear, batch norm, ReLU, linear, L2 norm (SimCLR, arXiv 2002.05709, with the batch norm that
 * keeps short runs from collapsing).
 *
 * Batch norm uses the statistics of the rows at hand, in training and in evaluation; nothing is remembered, so there is
 * nothing that differs between sites but weights.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../core/rng.ts";
import { type NamedVariables, Parameters } from "../model/layers.ts";

/** Widths of a head. */
export interface ProjectionHeadOptions {
  /** Values of a row that comes in. */
  inputs: number;
  hidden: number;
  /** Values of an embedding. */
  dimension: number;
  /** Put before the variables' names. @default "head" */
  name?: string;
}

/** The smallest variance and squared norm that are divided by. */
const EPSILON = 1e-5;

/** Two layers and their weights. */
export class ProjectionHead {
  readonly variables: NamedVariables;
  readonly #hidden: tf.Variable;
  readonly #gamma: tf.Variable;
  readonly #beta: tf.Variable;
  readonly #output: tf.Variable;

  constructor(rng: Rng, options: ProjectionHeadOptions) {
    const { inputs, hidden, dimension, name = "head" } = options;
    const parameters = new Parameters(rng);
    this.#hidden = parameters.filter(`${name}/hidden/weights`, [inputs, hidden]);
    this.#gamma = parameters.constant(`${name}/norm/gamma`, hidden, 1);
    this.#beta = parameters.constant(`${name}/norm/beta`, hidden, 0);
    this.#output = parameters.filter(`${name}/output/weights`, [hidden, dimension], 1);
    this.variables = parameters.variables;
  }

  /**
   * Embeds rows.
   *
   * @param x [rows, inputs], at least two rows.
   * @returns [rows, dimension], each row of L2 norm 1.
   */
  forward(x: tf.Tensor2D): tf.Tensor2D {
    const hidden = x.matMul(this.#hidden as tf.Tensor2D); // [rows, hidden]
    const centred = hidden.sub(hidden.mean(0, true)); // [rows, hidden]
    const deviation = centred.square().mean(0, true).add(EPSILON).sqrt(); // [1, hidden]
    const active = centred.div(deviation).mul(this.#gamma).add(this.#beta).relu(); // [rows, hidden]
    const projected = active.matMul(this.#output as tf.Tensor2D); // [rows, dimension]
    return projected.div(projected.square().sum(1, true).add(EPSILON).sqrt()); // [rows, dimension]
  }

  /** Frees the weights. */
  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
  }
}
