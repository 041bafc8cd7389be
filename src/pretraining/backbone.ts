/**
 * The network that is pre-trained, as the objectives see it: named feature maps of a patch, and variables by name.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor5D } from "../engine/tensors.ts";
import { UserError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type { Triple } from "../core/triple.ts";
import { channelsOf, type UNetConfig } from "../model/config.ts";
import { Decoder } from "../model/decoder.ts";
import { Encoder } from "../model/encoder.ts";
import { type NamedVariables, Parameters } from "../model/layers.ts";
import type { RecomputeOptions } from "../model/recompute.ts";

/** A network to pre-train: the encoder alone, or with some of the decoder's levels. */
export interface Backbone {
  /** Under the names that they have in the segmentation network, so that its weights can be loaded from here. */
  readonly variables: NamedVariables;
  /** Channels of the images that it sees. */
  readonly channels: number;
  /** The names of the feature maps: "encoder0", "encoder1", ..., then the decoder's, coarsest first. */
  readonly maps: readonly string[];
  /**
   * The feature maps of patches, in the order of their names.
   *
   * @param x [batch, depth, height, width, channels]
   * @param last the index of the last map that is wanted: later ones need not be there. @default the last of all
   * @returns of each map [batch, depth', height', width', channels']
   */
  features(x: Tensor5D, last?: number): Tensor5D[];
  /** Frees the variables. */
  dispose(): void;
}

/** Makes a backbone, whose weights are a pure function of `rng`; an objective with a momentum network makes two. */
export type CreateBackbone = (rng: Rng) => Backbone;

/**
 * The U-Net's contracting path and its expanding path down to a level.
 *
 * @param options.decoderLevel the finest level of the expanding path that is there; null: none.
 */
export function unetBackbone(
  config: UNetConfig,
  options: { decoderLevel: number | null } & RecomputeOptions,
): CreateBackbone {
  const { decoderLevel, recompute } = options;
  return (rng) => {
    const encoder = new Encoder(config, rng, { recompute });
    const parameters = new Parameters(rng);
    const decoder = new Decoder(config, parameters, { finest: decoderLevel ?? Infinity, recompute });
    return {
      variables: new Map([...encoder.variables, ...parameters.variables]),
      channels: channelsOf(config),
      maps: [
        ...Array.from({ length: config.levels }, (_, level) => `encoder${level}`),
        ...decoder.levels.map((level) => `decoder${level}`),
      ],
      features: (x, last = Infinity) => {
        const encoded = encoder.forward(x); // level l: [batch, d_l, h_l, w_l, c_l]
        return [...encoded, ...decoder.forward(encoded, last + 1 - encoded.length)];
      },
      dispose: () => {
        encoder.dispose();
        for (const variable of parameters.variables.values()) variable.dispose();
      },
    };
  };
}

/** The U-Net's contracting path alone. */
export function encoderBackbone(config: UNetConfig): CreateBackbone {
  return unetBackbone(config, { decoderLevel: null });
}

/** The form of one feature map. */
export interface MapShape {
  /** As `projections[].maps` calls it. */
  readonly name: string;
  /** z, y, x */
  readonly extent: Triple;
  /** Values at each place. */
  readonly channels: number;
}

/** The forms of a backbone's feature maps for patches of `patch` (z, y, x), found by one forward pass. */
export function describeMaps(backbone: Backbone, patch: Triple): MapShape[] {
  const shapes = tf.tidy(() => backbone.features(tf.zeros([1, ...patch, backbone.channels])).map(({ shape }) => shape));
  return shapes.map(([, depth, height, width, channels], index) => ({
    name: backbone.maps[index],
    extent: [depth, height, width],
    channels,
  }));
}

/**
 * The indices of the maps that `names` name, finest first, without repetition. "bottleneck" is the encoder's last map,
 * "finest" the last of all: the finest level of the decoder where there is one; "pyramid" is all from the one to the
 * other.
 *
 * @throws {UserError} if a name is unknown.
 */
export function resolveMaps(names: readonly string[], maps: readonly MapShape[]): number[] {
  const lastEncoder = maps.reduce((last, { name }, index) => name.startsWith("encoder") ? index : last, 0);
  const indices = names.flatMap((name) => {
    if (name === "bottleneck") return lastEncoder;
    if (name === "finest") return maps.length - 1;
    if (name === "pyramid") return maps.slice(lastEncoder).map((_, level) => lastEncoder + level);
    const index = maps.findIndex((map) => map.name === name);
    if (index < 0) {
      const known = ["bottleneck", "finest", "pyramid", ...maps.map((map) => map.name)].join(", ");
      throw new UserError(`starting pre-training: a feature map must be one of ${known}`, {
        where: "pretrain.projections.maps",
        value: name,
      });
    }
    return index;
  });
  const voxels = (index: number) => maps[index].extent.reduce((product, extent) => product * extent, 1);
  return [...new Set(indices)].sort((a, b) => voxels(b) - voxels(a) || a - b);
}
