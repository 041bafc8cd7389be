/**
 * The 3D U-Net (Cicek et al. 2016) that segments: the encoder, a path back to full resolution, logits a voxel.
 *
 * @module
 */
import type { Tensor5D } from "../engine/tensors.ts";
import type { Rng } from "../core/rng.ts";
import { filtersAt, type UNetConfig } from "./config.ts";
import { Decoder } from "./decoder.ts";
import { Encoder } from "./encoder.ts";
import { type NamedVariables, Parameters, Pointwise } from "./layers.ts";
import type { RecomputeOptions } from "./recompute.ts";

/** What a U-Net is told beside its settings. */
export interface UNetOptions extends RecomputeOptions {
  /**
   * Give every coarser level of the expanding path logits of its own, which count in training alone; the other weights
   * are the same without. @default false
   */
  deepSupervision?: boolean;
}

/** The segmentation network. */
export class UNet {
  /** What it was built from. */
  readonly config: UNetConfig;
  /** Its contracting path: what is pre-trained and exchanged. */
  readonly encoder: Encoder;
  /** Whether coarser levels have logits, too. */
  readonly deepSupervision: boolean;
  /**
   * The encoder's variables, then the decoder's ("decoder/level2/block0/filter", ..., "decoder/logits/bias"), then those
   * of the coarser levels' logits ("decoder/level1/logits/filter", ...).
   */
  readonly variables: NamedVariables;
  /** The part of {@linkcode UNet.variables} that is not the encoder's. */
  readonly decoderVariables: NamedVariables;
  readonly #decoder: Decoder;
  readonly #logits: Pointwise;
  /** Of the decoder's levels from the second finest on. */
  readonly #coarser: readonly Pointwise[];

  /**
   * A network with fresh weights.
   *
   * @param rng the weights are a pure function of its seed and `config`; the generator does not move.
   */
  constructor(config: UNetConfig, rng: Rng, options: UNetOptions = {}) {
    this.config = config;
    this.deepSupervision = options.deepSupervision ?? false;
    this.encoder = new Encoder(config, rng, options);
    const parameters = new Parameters(rng);
    this.#decoder = new Decoder(config, parameters, options);
    const logits = (name: string, level: number) =>
      new Pointwise(parameters, name, { in: filtersAt(config, level), out: config.classes, bias: true });
    this.#logits = logits("decoder/logits", 0);
    const levels = this.deepSupervision ? this.#decoder.levels.slice(0, -1).reverse() : [];
    this.#coarser = levels.map((level) => logits(`decoder/level${level}/logits`, level));
    this.decoderVariables = parameters.variables;
    this.variables = new Map([...this.encoder.variables, ...this.decoderVariables]);
  }

  /**
   * The logits of every voxel's classes.
   *
   * @param x [batch, depth, height, width, channels of the images]
   * @returns [batch, depth, height, width, classes]
   * @throws {UserError} if the extents are no multiples of the reductions' product.
   */
  forward(x: Tensor5D): Tensor5D {
    const features = this.encoder.forward(x); // level l: [batch, d_l, h_l, w_l, base * 2^l]
    const finest = this.#decoder.forward(features).at(-1) ?? features[0]; // [batch, depth, height, width, base]
    return this.#logits.forward(finest); // [batch, depth, height, width, classes]
  }

  /**
   * The logits at every resolution that has some, the finest first: {@linkcode UNet.forward}'s alone without deep
   * supervision.
   *
   * @param x [batch, depth, height, width, channels of the images]
   * @returns of level l: [batch, depth_l, height_l, width_l, classes]
   * @throws {UserError} as {@linkcode UNet.forward}.
   */
  forwardDeep(x: Tensor5D): Tensor5D[] {
    const features = this.encoder.forward(x); // level l: [batch, d_l, h_l, w_l, base * 2^l]
    const [finest = features[0], ...coarser] = this.#decoder.forward(features).reverse();
    return [this.#logits.forward(finest), ...this.#coarser.map((logits, index) => logits.forward(coarser[index]))];
  }

  /** Frees the weights. */
  dispose(): void {
    this.encoder.dispose();
    for (const variable of this.decoderVariables.values()) variable.dispose();
  }
}
