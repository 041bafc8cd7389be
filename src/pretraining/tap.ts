/**
 * A tap: one projection of the backbone with its momentum twin and its memory bank.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../core/rng.ts";
import type { MapShape } from "./backbone.ts";
import type { PretrainConfig } from "./pretrain_config.ts";
import { contrastiveLoss, lossMasks, similarityLogits } from "./losses.ts";
import type { FeatureSet } from "../core/features.ts";
import { MemoryBank } from "./bank/memory_bank.ts";
import { cellCount } from "./partitions.ts";
import type { PatchPlace, Projection, RowPlan } from "./projection.ts";
import { createProjection } from "./projections/projections.ts";

/** What a tap is made from. */
export interface TapOptions {
  config: PretrainConfig;
  /** Which entry of `config.projections`. */
  index: number;
  maps: readonly MapShape[];
  /** The head's weights are a pure function of it. */
  modelRng: Rng;
}

/** The keys of one step. */
export interface TapKeys {
  readonly plan: RowPlan;
  /** [rows, dimension], owned by the caller. */
  readonly rows: tf.Tensor2D;
}

/** Embeddings of one kind, from feature maps to the loss. */
export class Tap {
  readonly index: number;
  /** The number of this tap's partitions. */
  readonly partitions: number;
  readonly online: Projection;
  /** The momentum network's, which makes the keys. */
  readonly slow: Projection;
  readonly bank: MemoryBank;
  readonly #config: PretrainConfig;

  constructor({ config, index, maps, modelRng }: TapOptions) {
    const { kind, grid, maps: read, locations } = config.projections[index];
    const { patch, dimension, hidden } = config;
    const make = () =>
      createProjection(kind, {
        ...{ maps, patch, grid, read, dimension, hidden, locations },
        name: `head${index}`,
        rng: modelRng,
      });
    this.index = index;
    this.partitions = cellCount(grid);
    this.online = make();
    this.slow = make();
    this.bank = new MemoryBank({
      dimension,
      capacity: config.queue,
      partitions: this.partitions,
      remoteCapacity: config.remoteQueue,
      staleness: config.staleness,
      sampling: config.sampling,
    });
    this.#config = config;
  }

  /** Draws what a step needs apart from the online network; the result computes the loss, also inside a gradient. */
  prepareLoss(
    keys: TapKeys,
    places: readonly PatchPlace[],
    rng: Rng,
  ): (maps: readonly tf.Tensor5D[]) => tf.Scalar {
    const { temperature, negatives } = this.#config;
    const plan = this.online.plan(places, rng);
    const sample = this.bank.draw(negatives, rng); // Q'
    const masks = lossMasks(plan, keys.plan, sample, this.#config);
    return (maps) => {
      const queries = this.online.forward(maps, plan); // [queries, dimension]
      const shape: [number, number] = [masks.rows, masks.columns];
      const bank = sample.rows(); // [K, dimension]
      const candidates = sample.partitions.length > 0 ? tf.concat2d([keys.rows, bank], 0) : keys.rows; // [keys + K, dimension]
      const logits = similarityLogits(queries, candidates, temperature); // [queries, keys + K]
      return contrastiveLoss(logits, tf.tensor2d(masks.weights, shape), tf.tensor2d(masks.penalties, shape));
    };
  }

  /** Puts the keys into the queue, unless they are not finite. */
  async remember({ plan, rows }: TapKeys): Promise<void> {
    await this.bank.remember(rows, plan.partitions);
  }

  /** Frees the weights. */
  dispose(): void {
    this.online.dispose();
    this.slow.dispose();
    this.bank.dispose();
  }
}

/** Several taps' features as one set: the partitions of each follow those of the taps before it. */
export function joinTaps(sets: readonly FeatureSet[], partitionCounts: readonly number[]): FeatureSet {
  const features = new Float32Array(sets.reduce((sum, set) => sum + set.features.length, 0));
  const partitions = new Int32Array(sets.reduce((sum, set) => sum + set.partitions.length, 0));
  let value = 0, row = 0, offset = 0;
  sets.forEach((set, index) => {
    features.set(set.features, value);
    for (const partition of set.partitions) partitions[row++] = partition + offset;
    value += set.features.length;
    offset += partitionCounts[index];
  });
  return { features, partitions };
}

/**
 * The inverse of {@linkcode joinTaps}, rows in any order.
 *
 * @throws {RangeError} if the sizes do not fit or a partition belongs to no tap.
 */
export function splitTaps(joined: FeatureSet, partitionCounts: readonly number[], dimension: number): FeatureSet[] {
  const { features, partitions } = joined;
  if (features.length !== partitions.length * dimension) {
    throw new RangeError(`${partitions.length} rows of ${dimension} values expected, got ${features.length} values`);
  }
  const total = partitionCounts.reduce((sum, count) => sum + count, 0);
  const rows: number[][] = partitionCounts.map(() => []);
  const own = partitions.map((partition, row) => {
    if (partition < 0 || partition >= total) {
      throw new RangeError(`a partition must be in [0, ${total}), got ${partition}`);
    }
    let tap = 0;
    while (partition >= partitionCounts[tap]) partition -= partitionCounts[tap++];
    rows[tap].push(row);
    return partition;
  });
  return rows.map((chosen) => {
    const set = { features: new Float32Array(chosen.length * dimension), partitions: new Int32Array(chosen.length) };
    chosen.forEach((row, to) => {
      set.features.set(features.subarray(row * dimension, (row + 1) * dimension), to * dimension);
      set.partitions[to] = own[row];
    });
    return set;
  });
}
