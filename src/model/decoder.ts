/**
 * The expanding path of the U-Net, whole or only its coarse part, which can be pre-trained with the encoder.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../core/triple.ts";
import { concatChannels } from "../engine/ops/concat_channels.ts";
import { upsample3d } from "../engine/ops/upsample3d.ts";
import { filtersAt, type UNetConfig } from "./config.ts";
import { ConvBlock, type Parameters, Pointwise } from "./layers.ts";
import { type RecomputeOptions, runPart } from "./recompute.ts";

/** One step back up: reduce channels while the volume is small, upsample, join the skip, two blocks. */
interface Step {
  readonly level: number;
  readonly lateral: Pointwise;
  readonly factor: Triple;
  readonly blocks: readonly ConvBlock[];
}

/** The decoder's levels from the coarsest down to a given one. */
export class Decoder {
  readonly #steps: readonly Step[];
  readonly #options: RecomputeOptions;

  /**
   * @param parameters take the weights, named "decoder/level2/lateral/filter" and so on, coarsest level first
   * @param options.finest the last level, 0 being full resolution; `config.levels - 1` and above give an empty path.
   * @default 0
   */
  constructor(config: UNetConfig, parameters: Parameters, options: { finest?: number } & RecomputeOptions = {}) {
    const { finest = 0 } = options;
    this.#options = options;
    const count = Math.max(0, config.levels - 1 - finest);
    this.#steps = Array.from({ length: count }, (_, index) => {
      const level = config.levels - 2 - index; // coarsest first
      const name = `decoder/level${level}`;
      const channels = filtersAt(config, level);
      return {
        level,
        lateral: new Pointwise(parameters, `${name}/lateral`, { in: filtersAt(config, level + 1), out: channels }),
        factor: config.pool[level],
        blocks: [2 * channels, channels].map((into, block) =>
          new ConvBlock(parameters, `${name}/block${block}`, { in: into, out: channels, norm: config.norm })
        ),
      };
    });
  }

  /** The levels, coarsest first. */
  get levels(): number[] {
    return this.#steps.map(({ level }) => level);
  }

  /**
   * One feature map a level, coarsest first.
   *
   * @param encoded the encoder's maps, finest first: [batch, depth_l, height_l, width_l, channels_l]
   * @param count levels that are computed, the coarsest ones. @default all
   */
  forward(encoded: readonly tf.Tensor5D[], count: number = this.#steps.length): tf.Tensor5D[] {
    let current = encoded[encoded.length - 1]; // the coarsest
    return this.#steps.slice(0, Math.max(0, count)).map(({ level, lateral, factor, blocks }) => {
      const compute = (coarse: tf.Tensor5D, skip: tf.Tensor5D) => {
        const reduced = lateral.forward(coarse); // [batch, d / pz, h / py, w / px, c]
        const joined = tf.tidy(`decoder/level${level}/join`, () => {
          const raised = upsample3d(reduced, factor); // [batch, d, h, w, c]
          return concatChannels(skip, raised); // [batch, d, h, w, 2 c]
        });
        return blocks.reduce((current, block) => block.forward(current), joined); // [batch, d, h, w, c]
      };
      const variables = [lateral, ...blocks].flatMap((layer) => layer.variables);
      current = runPart({ compute, inputs: [current, encoded[level]], variables }, this.#options);
      return current;
    });
  }
}
