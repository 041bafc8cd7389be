/**
 * The coarse part of the U-Net's expanding path, to be pre-trained with the encoder. Names, shapes and arithmetic are those
 * of {@linkcode UNet}, which starts from these weights; a test holds the two together.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../core/rng.ts";
import { concatChannels, type Extent3, upsample3d } from "../engine/ops.ts";
import { filtersAt, type UNetConfig } from "../model/config.ts";
import { ConvBlock, type NamedVariables, Parameters, Pointwise } from "../model/layers.ts";

/** One step back up. */
interface Step {
  readonly level: number;
  readonly lateral: Pointwise;
  readonly factor: Extent3;
  readonly blocks: readonly ConvBlock[];
}

/** The decoder's levels from the coarsest down to a given one. */
export class DecoderPath {
  readonly variables: NamedVariables;
  readonly #steps: readonly Step[];

  /** @param finest the last level, 0 being full resolution; `config.levels - 1` and above give an empty path. */
  constructor(config: UNetConfig, rng: Rng, finest: number) {
    const parameters = new Parameters(rng);
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
    this.variables = parameters.variables;
  }

  /** The levels, coarsest first. */
  get levels(): number[] {
    return this.#steps.map(({ level }) => level);
  }

  /**
   * One feature map a level, coarsest first.
   *
   * @param encoded the encoder's maps, finest first: [batch, depth_l, height_l, width_l, channels_l]
   */
  forward(encoded: readonly tf.Tensor5D[]): tf.Tensor5D[] {
    let current = encoded[encoded.length - 1]; // the coarsest
    return this.#steps.map(({ level, lateral, factor, blocks }) => {
      const raised = upsample3d(lateral.forward(current), factor); // [batch, d, h, w, c]
      current = concatChannels(encoded[level], raised); // [batch, d, h, w, 2 c]
      for (const block of blocks) current = block.forward(current); // [batch, d, h, w, c]
      return current;
    });
  }

  /** Frees the weights. */
  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
  }
}
