/**
 * The 3D U-Net (Cicek et al. 2016) that segments: the encoder, a path back to full resolution, logits a voxel.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../core/rng.ts";
import { concatChannels, type Extent3, upsample3d } from "../engine/ops.ts";
import { filtersAt, type UNetConfig } from "./config.ts";
import { Encoder } from "./encoder.ts";
import { ConvBlock, type NamedVariables, Parameters, Pointwise } from "./layers.ts";

/** One step back up: reduce channels while the volume is small, upsample, join the skip, two blocks. */
interface DecoderLevel {
  readonly lateral: Pointwise;
  readonly factor: Extent3;
  readonly blocks: readonly ConvBlock[];
}

/** The segmentation network. */
export class UNet {
  readonly config: UNetConfig;
  readonly encoder: Encoder;
  /** The encoder's variables, then the decoder's ("decoder/level2/block0/filter", ..., "decoder/logits/bias"). */
  readonly variables: NamedVariables;
  /** The part of {@linkcode UNet.variables} that is not the encoder's. */
  readonly decoderVariables: NamedVariables;
  readonly #decoder: readonly DecoderLevel[];
  readonly #logits: Pointwise;

  /** @param rng the weights are a pure function of its seed and `config`; the generator does not move. */
  constructor(config: UNetConfig, rng: Rng) {
    this.config = config;
    this.encoder = new Encoder(config, rng);
    const parameters = new Parameters(rng);
    this.#decoder = Array.from({ length: config.levels - 1 }, (_, index) => {
      const level = config.levels - 2 - index; // coarsest first
      const name = `decoder/level${level}`;
      const channels = filtersAt(config, level);
      return {
        lateral: new Pointwise(parameters, `${name}/lateral`, { in: filtersAt(config, level + 1), out: channels }),
        factor: config.pool[level],
        blocks: [2 * channels, channels].map((into, block) =>
          new ConvBlock(parameters, `${name}/block${block}`, { in: into, out: channels, norm: config.norm })
        ),
      };
    });
    this.#logits = new Pointwise(parameters, "decoder/logits", {
      in: config.baseFilters,
      out: config.classes,
      bias: true,
    });
    this.decoderVariables = parameters.variables;
    this.variables = new Map([...this.encoder.variables, ...this.decoderVariables]);
  }

  /**
   * The logits of every voxel's classes.
   *
   * @param x [batch, depth, height, width, 1]
   * @returns [batch, depth, height, width, classes]
   * @throws {UserError} if the extents are no multiples of the reductions' product.
   */
  forward(x: tf.Tensor5D): tf.Tensor5D {
    const features = this.encoder.forward(x); // level l: [batch, d_l, h_l, w_l, base * 2^l]
    let current = features.pop()!; // the coarsest
    for (const { lateral, factor, blocks } of this.#decoder) {
      const skip = features.pop()!; // [batch, d, h, w, c]
      const raised = upsample3d(lateral.forward(current), factor); // [batch, d, h, w, c]
      current = concatChannels(skip, raised); // [batch, d, h, w, 2 c]
      for (const block of blocks) current = block.forward(current); // [batch, d, h, w, c]
    }
    return this.#logits.forward(current); // [batch, depth, height, width, classes]
  }

  /** Frees the weights. */
  dispose(): void {
    this.encoder.dispose();
    for (const variable of this.decoderVariables.values()) variable.dispose();
  }
}
