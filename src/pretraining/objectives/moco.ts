/**
 * MoCo (arXiv 1911.05722): queries of one view, keys of the other by a momentum network, negatives from a queue of
 * earlier keys. The head and the stronger augmentation are those of its second version (2003.04297).
 *
 * Federated, both networks and heads are averaged; the queue stays at its site. Two departures: the queue starts empty,
 * not with random rows, and m grows from 1/2 to `momentum` over the first steps, as in FCL here.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import type { Decision } from "../../engine/steps/verdict.ts";
import type { NamedVector } from "../../core/vectors.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { updateMomentum } from "../../model/momentum.ts";
import type { PretrainConfig } from "../pretrain_config.ts";
import { contrastiveLoss, LEFT_OUT, similarityLogits } from "../losses.ts";
import { MemoryBank } from "../bank/memory_bank.ts";
import { momentumAt, withMomentum } from "../momentum.ts";
import type { PatchPlace } from "../projection.ts";
import { EmbeddingNetwork } from "./embedding_network.ts";
import { WithoutExchange } from "./without_exchange.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";

/** Makes the objective. */
export function moco(options: ObjectiveOptions): Objective {
  return new Moco(options);
}

class Moco extends WithoutExchange implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #config: PretrainConfig;
  readonly #online: EmbeddingNetwork;
  readonly #slow: EmbeddingNetwork;
  readonly #queue: MemoryBank;

  constructor(options: ObjectiveOptions) {
    super();
    this.#config = options.config;
    this.#online = new EmbeddingNetwork(options);
    this.#slow = new EmbeddingNetwork(options); // the same weights: they are a pure function of `modelRng`
    const { dimension, queue: capacity } = this.#config;
    this.#queue = new MemoryBank({ dimension, capacity, partitions: 1 });
    this.variables = this.#online.variables;
    this.shared = withMomentum(this.variables, this.#slow.variables);
    this.transferable = this.#online.backbone.variables;
  }

  step({ images, places }: ViewBatch, { rng, step }: { rng: Rng; step: number }): ObjectiveStep {
    const { temperature, queue } = this.#config;
    const keys = tf.tidy(() => this.#slow.forward(images[1], places[1], rng)); // [volumes, dimension]
    const { rows } = this.#queue.draw(queue, rng); // all of it
    const { value: loss, gradients } = variableGradients(() => {
      const queries = this.#online.forward(images[0], places[0], rng); // [volumes, dimension]
      return infoNce(queries, keys, rows(), temperature); // of [queue, dimension] earlier ones
    }, this.variables);
    return { loss, gradients, finish: (verdict) => this.#finish(keys, verdict, step) };
  }

  async #finish(keys: tf.Tensor2D, verdict: Decision, step: number): Promise<void> {
    const share = (skipped: number) => momentumAt(step - skipped, this.#config.momentum);
    updateMomentum(this.#slow.variables, this.variables, share, { verdict });
    await this.#queue.remember(keys, new Int32Array(keys.shape[0]));
    keys.dispose();
  }

  override settle(): Promise<void> {
    return this.#queue.settle();
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return this.#slow.embed(images, places, rng);
  }

  override save(): NamedVector[] {
    return this.#queue.save();
  }

  override load(vectors: readonly NamedVector[]): void {
    this.#queue.load(vectors);
  }

  dispose(): void {
    for (const part of [this.#online, this.#slow, this.#queue]) part.dispose();
  }
}

/**
 * InfoNCE (equation 1), the mean over the queries of
 *
 *     -log[ exp(q.k+/t) / ( exp(q.k+/t) + sum over the queue of exp(q.k/t) ) ]
 *
 * @param queries [n, dimension], rows of norm 1.
 * @param keys [n, dimension], k+ of each query; no gradient reaches them.
 * @param queue [K, dimension], K may be 0.
 */
export function infoNce(queries: tf.Tensor2D, keys: tf.Tensor2D, queue: tf.Tensor2D, temperature: number): tf.Scalar {
  const rows = queries.shape[0], columns = rows + queue.shape[0];
  const weights = new Float32Array(rows * columns), penalties = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    weights[row * columns + row] = 1;
    penalties.fill(LEFT_OUT, row * columns, row * columns + rows);
  }
  const candidates = queue.shape[0] > 0 ? tf.concat2d([keys, queue], 0) : keys; // [n + K, dimension]
  const logits = similarityLogits(queries, candidates, temperature); // [n, n + K]
  const shape: [number, number] = [rows, columns];
  return contrastiveLoss(logits, tf.tensor2d(weights, shape), tf.tensor2d(penalties, shape));
}
