/**
 * BYOL (arXiv 2006.07733): a predictor on the online network's embedding of one view predicts the momentum network's
 * embedding of the other; no negatives.
 *
 * Federated, both networks, both heads and the predictor are averaged. Departures: both views go through a network
 * together, so that the heads normalise over twice as many rows; the momentum grows from 1/2 to `momentum` and stays,
 * in the place of the paper's cosine towards 1.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { updateMomentum } from "../../model/momentum.ts";
import { joinPatches } from "../embedding.ts";
import { momentumAt, withMomentum } from "../momentum.ts";
import type { PatchPlace } from "../projection.ts";
import { ProjectionHead } from "../projection_head.ts";
import { EmbeddingNetwork } from "./embedding_network.ts";
import { WithoutExchange } from "./without_exchange.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";

/** Makes the objective. */
export function byol(options: ObjectiveOptions): Objective {
  return new Byol(options);
}

class Byol extends WithoutExchange implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #online: EmbeddingNetwork;
  readonly #target: EmbeddingNetwork;
  readonly #predictor: ProjectionHead;
  readonly #momentum: number;

  constructor(options: ObjectiveOptions) {
    super();
    const { config: { dimension, hidden, momentum }, modelRng } = options;
    this.#momentum = momentum;
    this.#online = new EmbeddingNetwork(options, { head: "raw" }); // the predictor reads z, not z / |z|
    this.#target = new EmbeddingNetwork(options); // the same weights: they are a pure function of `modelRng`
    this.#predictor = new ProjectionHead(modelRng, { inputs: dimension, hidden, dimension, name: "predictor" });
    this.variables = new Map([...this.#online.variables, ...this.#predictor.variables]);
    this.shared = withMomentum(this.variables, this.#target.variables);
    this.transferable = this.#online.backbone.variables;
  }

  step({ images, places }: ViewBatch, { rng, step }: { rng: Rng; step: number }): ObjectiveStep {
    const targets = tf.tidy(() => {
      const swapped = joinPatches(images.toReversed()); // row by row the other view
      return this.#target.forward(swapped, places.toReversed().flat(), rng); // [2 volumes, dimension]
    });
    const { value: loss, gradients } = variableGradients(() => {
      const z = this.#online.forward(joinPatches(images), places.flat(), rng); // [2 volumes, dimension]
      return regressionLoss(this.#predictor.forward(z), targets);
    }, this.variables);
    return {
      loss,
      gradients,
      finish: (verdict) => {
        targets.dispose();
        const share = (skipped: number) => momentumAt(step - skipped, this.#momentum);
        updateMomentum(this.#target.variables, this.#online.variables, share, { verdict });
        return Promise.resolve();
      },
    };
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return this.#target.embed(images, places, rng);
  }

  dispose(): void {
    for (const part of [this.#online, this.#target, this.#predictor]) part.dispose();
  }
}

/**
 * The symmetric loss (equation 2 for each view's prediction of the other, added up), the mean over the N patches of
 *
 *     ( 2 - 2 q_1.z_2 ) + ( 2 - 2 q_2.z_1 )
 *
 * with q the predictions and z the targets, of norm 1.
 *
 * @param predictions [2N, dimension], of the first view of N patches, then of the second.
 * @param targets [2N, dimension], the other view's; no gradient reaches them.
 */
export function regressionLoss(predictions: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  const patches = predictions.shape[0] / 2;
  return predictions.mul(targets).sum().mul(-2 / patches).add(4) as tf.Scalar;
}
