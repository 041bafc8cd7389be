/**
 * SimCLR (arXiv 2002.05709): two views of each patch, every other view of the batch a negative.
 *
 * Federated, its network and head are averaged and nothing else leaves the site.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { joinPatches } from "../embedding.ts";
import { ntXent } from "../nt_xent.ts";
import type { PatchPlace } from "../projection.ts";
import { WithoutExchange } from "./without_exchange.ts";
import { EmbeddingNetwork } from "./embedding_network.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";

/** Makes the objective. */
export function simclr(options: ObjectiveOptions): Objective {
  return new SimClr(options);
}

class SimClr extends WithoutExchange implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #network: EmbeddingNetwork;
  readonly #temperature: number;

  constructor(options: ObjectiveOptions) {
    super();
    this.#network = new EmbeddingNetwork(options);
    this.#temperature = options.config.temperature;
    this.variables = this.#network.variables;
    this.shared = this.variables;
    this.transferable = this.#network.backbone.variables;
  }

  step({ images, places }: ViewBatch, { rng }: { rng: Rng }): ObjectiveStep {
    const { value: loss, gradients } = variableGradients(() => {
      const z = this.#network.forward(joinPatches(images), places.flat(), rng); // [2 volumes, dimension]
      return ntXent(z, this.#temperature);
    }, this.variables);
    return { loss, gradients, finish: () => Promise.resolve() };
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return this.#network.embed(images, places, rng);
  }

  dispose(): void {
    this.#network.dispose();
  }
}
