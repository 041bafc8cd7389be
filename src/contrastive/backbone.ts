/**
 * The network that is pre-trained, as the objectives see it: some feature maps of a patch, and variables by name.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../core/rng.ts";
import type { Extent3 } from "../engine/ops.ts";
import type { UNetConfig } from "../model/config.ts";
import { Encoder } from "../model/encoder.ts";
import type { NamedVariables } from "../model/layers.ts";

/** A network to pre-train: the encoder alone, or with some of the decoder's levels. */
export interface Backbone {
  /** Under the names that they have in the segmentation network, so that its weights can be loaded from here. */
  readonly variables: NamedVariables;
  /**
   * The feature maps of patches.
   *
   * @param x [batch, depth, height, width, 1]
   * @returns any number of [batch, depth', height', width', channels']
   */
  features(x: tf.Tensor5D): tf.Tensor5D[];
  /** Frees the variables. */
  dispose(): void;
}

/** Makes a backbone; an objective with a momentum network makes two. */
export type CreateBackbone = (rng: Rng) => Backbone;

/** The U-Net's contracting path: one map a level, finest first. */
export function encoderBackbone(config: UNetConfig): CreateBackbone {
  return (rng) => {
    const encoder = new Encoder(config, rng);
    return {
      variables: encoder.variables,
      features: (x) => encoder.forward(x),
      dispose: () => encoder.dispose(),
    };
  };
}

/** The form of one feature map. */
export interface MapShape {
  /** z, y, x */
  readonly extent: Extent3;
  readonly channels: number;
}

/** The forms of a backbone's feature maps for patches of `patch` (z, y, x), found by one forward pass. */
export function describeMaps(backbone: Backbone, patch: Extent3): MapShape[] {
  return tf.tidy(() =>
    backbone.features(tf.zeros([1, ...patch, 1])).map(({ shape: [, depth, height, width, channels] }) => ({
      extent: [depth, height, width] as const,
      channels,
    }))
  );
}
