/**
 * The layers that the networks are made of, and the named variables that they own. Each runs in a tfjs scope of its
 * name, by which `deno task profile` tells whose time it is.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor5D, Variable } from "../engine/tensors.ts";
import type { Rng } from "../core/rng.ts";
import { sizeOf } from "../core/vectors.ts";
import type { Triple } from "../core/triple.ts";
import { conv3d } from "../engine/ops/conv3d.ts";
import { normAct } from "../engine/ops/norm_act.ts";
import { groupsOf, type Normalisation, SLOPE } from "./config.ts";

/** A network's trainable variables by name ("encoder/level0/block1/filter"), in a fixed order. */
export type NamedVariables = ReadonlyMap<string, Variable>;

/**
 * Makes named variables. The values of each depend on the generator's seed and its own name only, so they are the same
 * on every machine and engine, and an encoder alone starts like the same encoder inside a U-Net.
 */
export class Parameters {
  readonly #rng: Rng;
  readonly variables = new Map<string, Variable>();

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /**
   * A filter of normal values with variance 2 / ((1 + slope^2) * fan-in) (He et al. 2015, equation 15).
   *
   * @param shape [depth, height, width, in, out]
   */
  filter(name: string, shape: readonly number[], slope = SLOPE): tf.Variable<tf.Rank.R5> {
    const fanIn = sizeOf(shape) / shape[shape.length - 1];
    const deviation = Math.sqrt(2 / ((1 + slope ** 2) * fanIn));
    const rng = this.#rng.fork(name);
    const values = Float32Array.from({ length: sizeOf(shape) }, () => rng.normal() * deviation);
    return this.#add(name, shape, values) as tf.Variable<tf.Rank.R5>;
  }

  /** `length` times `value`. */
  constant(name: string, length: number, value: number): tf.Variable<tf.Rank.R1> {
    return this.#add(name, [length], new Float32Array(length).fill(value)) as tf.Variable<tf.Rank.R1>;
  }

  #add(name: string, shape: readonly number[], values: Float32Array): Variable {
    if (this.variables.has(name)) throw new RangeError(`a network's variables must have names of their own: ${name}`);
    const initial = tf.tensor(values, [...shape], "float32");
    // tfjs holds its own names in one table for the whole process; several networks need not share it
    const variable = tf.variable(initial, true);
    initial.dispose();
    this.variables.set(name, variable);
    return variable;
  }
}

/** Options of {@linkcode ConvBlock}. */
export interface ConvBlockOptions {
  in: number;
  out: number;
  norm: Normalisation;
}

/** Convolution 3x3x3 without bias, normalisation, leaky ReLU. */
export class ConvBlock {
  readonly variables: readonly Variable[];
  readonly #name: string;
  readonly #filter: tf.Variable<tf.Rank.R5>;
  readonly #gamma: tf.Variable<tf.Rank.R1>;
  readonly #beta: tf.Variable<tf.Rank.R1>;
  readonly #groups: number;

  constructor(parameters: Parameters, name: string, options: ConvBlockOptions) {
    const { in: channelsIn, out: channelsOut, norm } = options;
    this.#name = name;
    this.#filter = parameters.filter(`${name}/filter`, [3, 3, 3, channelsIn, channelsOut]);
    this.#gamma = parameters.constant(`${name}/gamma`, channelsOut, 1);
    this.#beta = parameters.constant(`${name}/beta`, channelsOut, 0);
    this.variables = [this.#filter, this.#gamma, this.#beta];
    this.#groups = groupsOf(norm, channelsOut);
  }

  /** [batch, depth, height, width, in] -> [batch, depth, height, width, out] */
  forward(x: Tensor5D): Tensor5D {
    const options = { groups: this.#groups, slope: SLOPE };
    return tf.tidy(this.#name, () => normAct(conv3d(x, this.#filter), this.#gamma, this.#beta, options));
  }
}

/** Options of {@linkcode Pointwise}. */
export interface PointwiseOptions {
  in: number;
  out: number;
  /** @default false */
  bias?: boolean;
}

/** Convolution 1x1x1: the same linear map at every voxel. */
export class Pointwise {
  readonly variables: readonly Variable[];
  readonly #name: string;
  readonly #filter: tf.Variable<tf.Rank.R5>;
  readonly #bias: tf.Variable<tf.Rank.R1> | undefined;

  constructor(parameters: Parameters, name: string, options: PointwiseOptions) {
    const { in: channelsIn, out: channelsOut, bias = false } = options;
    this.#name = name;
    this.#filter = parameters.filter(`${name}/filter`, [1, 1, 1, channelsIn, channelsOut], 1); // slope 1: no activation
    this.#bias = bias ? parameters.constant(`${name}/bias`, channelsOut, 0) : undefined;
    this.variables = this.#bias ? [this.#filter, this.#bias] : [this.#filter];
  }

  /** [batch, depth, height, width, in] -> [batch, depth, height, width, out] */
  forward(x: Tensor5D): Tensor5D {
    return tf.tidy(this.#name, () => {
      const y = conv3d(x, this.#filter); // [batch, depth, height, width, out]
      return this.#bias ? tf.add(y, this.#bias) : y;
    });
  }
}

/** Checks the input of a network; returns its spatial extents. */
export function requireInput(network: string, x: Tensor5D, channels: number): Triple {
  const [, depth, height, width, given] = x.shape;
  if (x.rank !== 5 || given !== channels) {
    throw new RangeError(`${network}: the input must be [batch, depth, height, width, ${channels}], got [${x.shape}]`);
  }
  return [depth, height, width];
}
