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
  /** Bring each row to L2 norm 1. @default true */
  normalise?: boolean;
}

/** The smallest variance and squared norm that are divided by. */
const EPSILON = 1e-5;

/** What brings rows of features to rows of embeddings. */
export interface Head {
  readonly variables: NamedVariables;
  /** [rows, inputs] -> [rows, dimension] */
  forward(x: tf.Tensor2D): tf.Tensor2D;
  /** Frees the weights. */
  dispose(): void;
}

/** "unit": a projection head, rows of L2 norm 1; "raw": the same without the norm; "none": the features, of norm 1. */
export type HeadKind = "unit" | "raw" | "none";

/** The head of that kind and the length of the rows that come out: `inputs` where there is none. */
export function createHead(
  kind: HeadKind,
  rng: Rng,
  options: Omit<ProjectionHeadOptions, "normalise">,
): { head: Head; dimension: number } {
  const { inputs, dimension } = options;
  if (kind === "none") return { head: { variables: new Map(), forward: unitRows, dispose() {} }, dimension: inputs };
  return { head: new ProjectionHead(rng, { ...options, normalise: kind === "unit" }), dimension };
}

/** Two layers and their weights. */
export class ProjectionHead implements Head {
  readonly variables: NamedVariables;
  readonly #hidden: tf.Variable;
  readonly #gamma: tf.Variable;
  readonly #beta: tf.Variable;
  readonly #output: tf.Variable;
  readonly #normalise: boolean;

  constructor(rng: Rng, options: ProjectionHeadOptions) {
    const { inputs, hidden, dimension, name = "head", normalise = true } = options;
    this.#normalise = normalise;
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
   * @returns [rows, dimension], each row of L2 norm 1 unless that was turned off.
   */
  forward(x: tf.Tensor2D): tf.Tensor2D {
    const hidden = x.matMul(this.#hidden as tf.Tensor2D); // [rows, hidden]
    const centred = hidden.sub(hidden.mean(0, true)); // [rows, hidden]
    const deviation = centred.square().mean(0, true).add(EPSILON).sqrt(); // [1, hidden]
    const affine = centred.div(deviation).mul(this.#gamma).add(this.#beta); // [rows, hidden]
    // tfjs's wasm backend makes 0 of NaN where it takes the positive part, so that nobody would see it any more
    const active = affine.relu().add(affine.mul(0)); // [rows, hidden]
    const projected = active.matMul(this.#output as tf.Tensor2D) as tf.Tensor2D; // [rows, dimension]
    return this.#normalise ? unitRows(projected) : projected; // [rows, dimension]
  }

  /** Frees the weights. */
  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
  }
}

/** Rows of L2 norm 1: [rows, dimension]. */
export function unitRows(x: tf.Tensor2D): tf.Tensor2D {
  return x.div(x.square().sum(1, true).add(EPSILON).sqrt());
}
