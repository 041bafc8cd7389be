/**
 * SimCLR (arXiv 2002.05709): two views of each patch, every other view of the batch a negative.
 *
 * Federated, its network and head are averaged and nothing else leaves the site.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { joinPatches } from "../embedding.ts";
import { contrastiveLoss, LEFT_OUT } from "../losses.ts";
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

/**
 * NT-Xent (equation 1), the mean over all 2N rows of
 *
 *     l(i, j) = -log[ exp(z_i.z_j/t) / sum over k != i of exp(z_i.z_k/t) ],    j the other view of i
 *
 * @param z [2N, dimension], rows of norm 1: the first view of N patches, then the second.
 */
export function ntXent(z: tf.Tensor2D, temperature: number): tf.Scalar {
  const rows = z.shape[0];
  const weights = new Float32Array(rows * rows), penalties = new Float32Array(rows * rows);
  for (let row = 0; row < rows; row++) {
    const other = (row + rows / 2) % rows;
    weights[row * rows + other] = 1;
    penalties[row * rows + other] = LEFT_OUT; // the positive stands apart from the negatives, see `contrastiveLoss`
    penalties[row * rows + row] = LEFT_OUT;
  }
  const shape: [number, number] = [rows, rows];
  return contrastiveLoss(similarities(z, temperature), tf.tensor2d(weights, shape), tf.tensor2d(penalties, shape));
}

/** z_i.z_k/t, [rows, rows]; the gradient reaches both sides. */
function similarities(z: tf.Tensor2D, temperature: number): tf.Tensor2D {
  const product = tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([z]);
    return {
      value: z.matMul(z.transpose<tf.Tensor2D>()).div(temperature),
      gradFunc: (dy: tf.Tensor, [z]: tf.Tensor[]) => {
        const both = dy.add(dy.transpose()) as tf.Tensor2D; // [rows, rows]
        return both.matMul(z as tf.Tensor2D).div(temperature); // [rows, dimension]
      },
    };
  });
  return product(z) as tf.Tensor2D;
}
