/**
 * The 3D U-Net (Cicek et al. 2016) that segments: the encoder, a path back to full resolution, logits a voxel.
 *
 * @module
 */
import type { Tensor5D } from "../engine/tensors.ts";
import type { Rng } from "../core/rng.ts";
import type { UNetConfig } from "./config.ts";
import { Decoder } from "./decoder.ts";
import { Encoder } from "./encoder.ts";
import { type NamedVariables, Parameters, Pointwise } from "./layers.ts";
import type { RecomputeOptions } from "./recompute.ts";

/** The segmentation network. */
export class UNet {
  /** What it was built from. */
  readonly config: UNetConfig;
  /** Its contracting path: what is pre-trained and exchanged. */
  readonly encoder: Encoder;
  /** The encoder's variables, then the decoder's ("decoder/level2/block0/filter", ..., "decoder/logits/bias"). */
  readonly variables: NamedVariables;
  /** The part of {@linkcode UNet.variables} that is not the encoder's. */
  readonly decoderVariables: NamedVariables;
  readonly #decoder: Decoder;
  readonly #logits: Pointwise;

  /**
   * A network with fresh weights.
   *
   * @param rng the weights are a pure function of its seed and `config`; the generator does not move.
   */
  constructor(config: UNetConfig, rng: Rng, options: RecomputeOptions = {}) {
    this.config = config;
    this.encoder = new Encoder(config, rng, options);
    const parameters = new Parameters(rng);
    this.#decoder = new Decoder(config, parameters, options);
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
   * @param x [batch, depth, height, width, channels of the images]
   * @returns [batch, depth, height, width, classes]
   * @throws {UserError} if the extents are no multiples of the reductions' product.
   */
  forward(x: Tensor5D): Tensor5D {
    const features = this.encoder.forward(x); // level l: [batch, d_l, h_l, w_l, base * 2^l]
    const finest = this.#decoder.forward(features).at(-1) ?? features[0]; // [batch, depth, height, width, base]
    return this.#logits.forward(finest); // [batch, depth, height, width, classes]
  }

  /** Frees the weights. */
  dispose(): void {
    this.encoder.dispose();
    for (const variable of this.decoderVariables.values()) variable.dispose();
  }
}
