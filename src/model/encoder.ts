/**
 * The contracting path of the U-Net: what is pre-trained and exchanged between peers.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor5D } from "../engine/tensors.ts";
import type { Rng } from "../core/rng.ts";
import { maxPool3d } from "../engine/ops/max_pool3d.ts";
import { channelsOf, filtersAt, requirePatchShape, type UNetConfig } from "./config.ts";
import { ConvBlock, type NamedVariables, Parameters, requireInput } from "./layers.ts";
import { type RecomputeOptions, runPart } from "./recompute.ts";

/** Two convolution blocks a level, max pooling between levels. */
export class Encoder {
  /** What it was built from. */
  readonly config: UNetConfig;
  /** Named "encoder/level0/block0/filter" and so on, the same alone and inside a U-Net. */
  readonly variables: NamedVariables;
  readonly #levels: readonly (readonly ConvBlock[])[];
  readonly #options: RecomputeOptions;

  /**
   * A network with fresh weights.
   *
   * @param rng the weights are a pure function of its seed and `config`; the generator does not move.
   */
  constructor(config: UNetConfig, rng: Rng, options: RecomputeOptions = {}) {
    this.config = config;
    this.#options = options;
    const parameters = new Parameters(rng);
    this.#levels = Array.from({ length: config.levels }, (_, level) => {
      const out = filtersAt(config, level);
      const first = level === 0 ? channelsOf(config) : filtersAt(config, level - 1);
      return [first, out].map((channels, block) =>
        new ConvBlock(parameters, `encoder/level${level}/block${block}`, { in: channels, out, norm: config.norm })
      );
    });
    this.variables = parameters.variables;
  }

  /**
   * One feature map a level, finest first.
   *
   * @param x [batch, depth, height, width, channels of the images]
   * @returns of level l: [batch, depth, height, width, baseFilters * 2^l], the extents divided by the reductions so far
   * @throws {UserError} if the extents are no multiples of the reductions' product.
   */
  forward(x: Tensor5D): Tensor5D[] {
    requirePatchShape(this.config, requireInput("the encoder", x, channelsOf(this.config)));
    const features: Tensor5D[] = [];
    let current = x;
    this.#levels.forEach((blocks, level) => {
      const compute = (x: Tensor5D) => {
        const pool = () => maxPool3d(x, this.config.pool[level - 1]); // [batch, d / pz, h / py, w / px, c / 2]
        const reduced = level > 0 ? tf.tidy(`encoder/level${level}/pool`, pool) : x;
        return blocks.reduce((current, block) => block.forward(current), reduced); // [batch, d, h, w, c]
      };
      const variables = blocks.flatMap((block) => block.variables);
      current = runPart({ compute, inputs: [current], variables }, this.#options);
      features.push(current);
    });
    return features;
  }

  /** Frees the weights. */
  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
  }
}
