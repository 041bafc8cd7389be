/**
 * Pretext tasks whose answer is in the patches themselves: the network is shown patches that were changed, and is to
 * say of each voxel what was done to it, or what was there. They train the expanding path down to the level that they
 * read, alone or beside another objective.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import type { MapShape } from "../backbone.ts";
import { joinPatches } from "../embedding.ts";
import type { PretrainConfig } from "../pretrain_config.ts";
import type { PatchPlace } from "../projection.ts";
import { EmbeddingNetwork } from "./embedding_network.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";
import { WithoutExchange } from "./without_exchange.ts";

/** What the network is shown, and what its answer costs. */
export interface PosedPretext {
  /** The changed patches, in the order and shape of those that they were made from. */
  readonly shown: tf.Tensor5D;
  /** The loss of the network's maps of `shown`: [patches, depth, height, width, channels] a level. */
  loss(maps: readonly tf.Tensor5D[]): tf.Scalar;
}

/** A pretext task and its head. */
export interface Pretext {
  /** The head's, under names of their own. */
  readonly variables: NamedVariables;
  /**
   * Changes patches; inside a gradient, whose scope owns the tensors.
   *
   * @param patches [patches, depth, height, width, channels of the images], the views of one batch: where there are two
   * volumes or more, neighbours are of different ones, and so are the last and the first.
   */
  pose(patches: tf.Tensor5D, rng: Rng): PosedPretext;
  /** Frees the head. */
  dispose(): void;
}

/** What a pretext is made from. */
export interface PretextOptions {
  /** The settings, checked. */
  config: PretrainConfig;
  /** The feature maps of the network for one patch. */
  maps: readonly MapShape[];
  /** Of the images. */
  channels: number;
  /** The head's weights are a pure function of it. */
  modelRng: Rng;
}

/** Makes a pretext. @throws {UserError} if the patch or a setting does not suit it. */
export type CreatePretext = (options: PretextOptions) => Pretext;

/** The objective that is a pretext alone; it learns from all views of a batch. */
export function pretextObjective(createPretext: CreatePretext, options: ObjectiveOptions): Objective {
  return new PretextObjective(createPretext, options);
}

class PretextObjective extends WithoutExchange implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #network: EmbeddingNetwork;
  readonly #pretext: Pretext;

  constructor(createPretext: CreatePretext, options: ObjectiveOptions) {
    super();
    this.#network = new EmbeddingNetwork(options, { head: "none" });
    try {
      this.#pretext = createPretext({
        ...options,
        maps: this.#network.maps,
        channels: this.#network.backbone.channels,
      });
    } catch (error) {
      this.#network.dispose();
      throw error;
    }
    this.variables = new Map([...this.#network.variables, ...this.#pretext.variables]);
    this.shared = this.variables;
    this.transferable = this.#network.backbone.variables;
  }

  step({ images }: ViewBatch, { rng }: { rng: Rng }): ObjectiveStep {
    const { value: loss, gradients } = variableGradients(() => {
      const { shown, loss } = this.#pretext.pose(joinPatches(images), rng); // [2 volumes, depth, height, width, image channels]
      return loss(this.#network.backbone.features(shown));
    }, this.variables);
    return { loss, gradients, finish: () => Promise.resolve() };
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return this.#network.embed(images, places, rng);
  }

  dispose(): void {
    this.#network.dispose();
    this.#pretext.dispose();
  }
}
