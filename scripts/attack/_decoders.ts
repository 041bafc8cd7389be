/**
 * Decoders from embeddings to what they were made from, trained on pairs that the attacker made itself.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import type { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { AdamW } from "../../src/engine/optimizer.ts";
import { variableGradients } from "../../src/model/gradients.ts";
import { Parameters } from "../../src/model/layers.ts";
import { readWeights, writeWeights } from "../../src/model/weights.ts";
import { PartitionMeans } from "./_partition_means.ts";

/** Embeddings as they are released. */
export interface Embeddings {
  /** [n, d] */
  readonly features: Float32Array;
  /** [n] */
  readonly partitions: Int32Array;
}

/** Embeddings with what they were made from. */
export interface Pairs extends Embeddings {
  /** [n, 3], normalised volume coordinates z, y, x. */
  readonly positions: Float32Array;
  /** [n], the number of the volume. */
  readonly volumes: Int32Array;
  /** [n, values] */
  readonly targets: Float32Array;
}

/** What a decoder is made from, and what it is to decode. */
export interface DecoderOptions {
  /** To fit to. */
  fit: Pairs;
  /** Of other volumes: what does best on them is taken. */
  check: Pairs;
  /** The number of partitions. */
  partitions: number;
  /** What is turned back. */
  released: Embeddings;
}

/** The mean target of the partition: what position alone tells. [n, values] */
export function decodeByMean({ fit, partitions, released }: Omit<DecoderOptions, "check">): Float32Array {
  return new PartitionMeans(fit.targets, fit.partitions, partitions).of(released.partitions);
}

/** Ridge regression of the target's difference from its partition's mean on the embedding's difference from its mean. [n, values] */
export async function decodeByRidge({ fit, check, partitions, released }: DecoderOptions): Promise<Float32Array> {
  const inputs = new PartitionMeans(fit.features, fit.partitions, partitions);
  const outputs = new PartitionMeans(fit.targets, fit.partitions, partitions);
  const centred = (pairs: Pairs): Sample => ({
    rows: pairs.partitions.length,
    x: inputs.subtractedFrom(pairs.features, pairs.partitions),
    y: outputs.subtractedFrom(pairs.targets, pairs.partitions),
  });
  const x = inputs.subtractedFrom(released.features, released.partitions);
  return outputs.addedTo(await ridge(centred(fit), centred(check), x), released.partitions);
}

/**
 * What exact positions tell, which a release does not say, and what embeddings tell beyond them: the mean target of the
 * nearest places in other volumes, and the same with a ridge regression of the target's difference from it on the
 * embedding's difference from the mean embedding there. If an embedding tells of nothing but its place, both are as good.
 *
 * @param released with the true positions, which the attacker does not know.
 */
export async function decodeByPlace(
  { fit, check }: Pick<DecoderOptions, "fit" | "check">,
  released: Omit<Pairs, "targets">,
): Promise<{ place: Float32Array; placeAndRidge: Float32Array }> {
  const centred = (pairs: Pairs, isOwn: boolean): Sample => {
    const near = nearestPlaces(fit, pairs, isOwn);
    const rest = (own: Float32Array, of: Float32Array) => difference(own, meansAt(of, fit.partitions.length, near));
    return {
      rows: near.length,
      x: rest(pairs.features, fit.features),
      y: rest(pairs.targets, fit.targets),
    };
  };
  const near = nearestPlaces(fit, released, false);
  const place = meansAt(fit.targets, fit.partitions.length, near);
  const x = difference(released.features, meansAt(fit.features, fit.partitions.length, near));
  const rest = await ridge(centred(fit, true), centred(check, false), x);
  return { place, placeAndRidge: place.map((value, i) => value + rest[i]) };
}

/** Places that are averaged. */
const NEAREST = 24;

/** For each row the nearest rows of `fit`; where it is one of them, only those of other volumes. */
function nearestPlaces(fit: Pairs, { positions, volumes }: Omit<Pairs, "targets">, isOwn: boolean): Int32Array[] {
  return Array.from(volumes, (volume, row) => {
    const nearest: [distance: number, at: number][] = [];
    for (let i = 0; i < fit.volumes.length; i++) {
      if (isOwn && fit.volumes[i] === volume) continue;
      let distance = 0;
      for (let axis = 0; axis < 3; axis++) distance += (fit.positions[3 * i + axis] - positions[3 * row + axis]) ** 2;
      if (nearest.length === NEAREST && distance >= nearest[NEAREST - 1][0]) continue;
      let place = nearest.length;
      while (place > 0 && nearest[place - 1][0] > distance) place--;
      nearest.splice(place, 0, [distance, i]);
      if (nearest.length > NEAREST) nearest.pop();
    }
    return Int32Array.from(nearest, ([, i]) => i);
  });
}

/** Of each list of rows the mean. @param values [rows, width] */
function meansAt(values: Float32Array, rows: number, lists: readonly Int32Array[]): Float32Array {
  const width = values.length / rows;
  const means = new Float32Array(lists.length * width);
  lists.forEach((list, at) => {
    for (const row of list) {
      for (let k = 0; k < width; k++) means[at * width + k] += values[row * width + k] / list.length;
    }
  });
  return means;
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i]);
}

/** Rows that a regression is made of: [rows, inputs] and [rows, outputs], both centred. */
interface Sample {
  readonly rows: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Penalties that are tried, as shares of the mean squared input. */
const PENALTIES = [1e-3, 1e-2, 1e-1, 1, 10, 1000];

/** Outputs for the rows `x` by ridge regression on `fit`, with the penalty that is best on `check`. */
async function ridge(fit: Sample, check: Sample, x: Float32Array): Promise<Float32Array> {
  const [gram, cross] = await moments(fit);
  const scale = gram.trace() / gram.rows;
  const apply = async (weights: Float32Array, inputs: Float32Array) =>
    await valuesOf(tf.tidy(() => {
      const rows = tf.tensor2d(inputs, [inputs.length / gram.rows, gram.rows]);
      return rows.matMul(tf.tensor2d(weights, [gram.rows, cross.columns]));
    }));
  let best: { error: number; weights: Float32Array } | undefined;
  for (const penalty of PENALTIES) {
    const regularised = Matrix.add(gram, Matrix.eye(gram.rows).mul(penalty * scale));
    const weights = Float32Array.from(new CholeskyDecomposition(regularised).solve(cross).to1DArray());
    const error = meanSquare(await apply(weights, check.x), check.y);
    if (!best || error < best.error) best = { error, weights };
  }
  return await apply(best!.weights, x);
}

/** X^T X and X^T Y, each divided by the number of rows. */
async function moments({ rows, x, y }: Sample): Promise<[Matrix, Matrix]> {
  const products = tf.tidy(() => {
    const inputs = tf.tensor2d(x, [rows, x.length / rows]).div(Math.sqrt(rows)) as tf.Tensor2D; // [n, d]
    const outputs = tf.tensor2d(y, [rows, y.length / rows]).div(Math.sqrt(rows)) as tf.Tensor2D; // [n, values]
    return [inputs, outputs].map((of) => inputs.matMul(of, true)); // [d, d], [d, values]
  });
  const [gram, cross] = await Promise.all(products.map(async (product) => {
    const [height, width] = product.shape;
    return Matrix.from1DArray(height, width, await valuesOf(product));
  }));
  return [gram, cross];
}

/** Sizes of the network's training. */
const [HIDDEN, BATCH, CHECK_EVERY, RATE] = [256, 256, 150, 2e-3];

/**
 * A network of one hidden layer over embedding and partition, for the target's difference from its partition's mean; as it
 * was when it did best on the volumes to check on. [n, values]
 */
export async function decodeByNetwork(
  { fit, check, partitions: cells, released }: DecoderOptions,
  { steps, rng }: { steps: number; rng: Rng },
): Promise<Float32Array> {
  const n = fit.partitions.length;
  const [d, values] = [fit.features.length / n, fit.targets.length / n];
  const means = new PartitionMeans(fit.targets, fit.partitions, cells);
  const rest = means.subtractedFrom(fit.targets, fit.partitions); // [n, values]
  const parameters = new Parameters(rng);
  const hidden: tf.Tensor = parameters.filter("hidden/weights", [d + cells, HIDDEN]);
  const bias = parameters.constant("hidden/bias", HIDDEN, 0);
  const output: tf.Tensor = parameters.filter("output/weights", [HIDDEN, values], 1);
  const shift = parameters.constant("output/bias", values, 0);
  const { variables } = parameters;
  const forward = (features: Float32Array, partitions: Int32Array) => {
    const rows = partitions.length;
    const embedding = tf.tensor2d(features, [rows, d]).mul(Math.sqrt(d)) as tf.Tensor2D; // of mean square 1
    const cell = tf.oneHot(tf.tensor1d(partitions, "int32"), cells).toFloat() as tf.Tensor2D; // [n, cells]
    const active = tf.concat2d([embedding, cell], 1).matMul(hidden as tf.Tensor2D).add(bias).relu() as tf.Tensor2D; // [n, hidden]
    return active.matMul(output as tf.Tensor2D).add(shift) as tf.Tensor2D; // [n, values]
  };
  const decode = async ({ features, partitions }: Embeddings) =>
    means.addedTo(await valuesOf(tf.tidy(() => forward(features, partitions))), partitions);

  const optimiser = new AdamW(variables, { weightDecay: 1e-2 });
  // no weights at all decode to the mean: the network is to do better
  const none: NamedVector[] = (await readWeights(variables)).map((vector) => ({
    ...vector,
    data: vector.data.map(() => 0),
  }));
  let best = { error: meanSquare(means.of(check.partitions), check.targets), weights: none };
  for (let step = 1; step <= steps; step++) {
    const rows = Int32Array.from({ length: BATCH }, () => rng.int(n));
    const batch = rowsOf({ features: fit.features, partitions: fit.partitions, targets: rest }, rows);
    const { value, gradients } = variableGradients(() => {
      const wanted = tf.tensor2d(batch.targets, [BATCH, values]);
      return forward(batch.features, batch.partitions).sub(wanted).square().mean() as tf.Scalar;
    }, variables);
    optimiser.apply(gradients, { learningRate: RATE * (1 - (step - 1) / steps) });
    tf.dispose([value, ...gradients.values()]);
    if (step % CHECK_EVERY !== 0 && step !== steps) continue;
    const error = meanSquare(await decode(check), check.targets);
    if (error < best.error) best = { error, weights: await readWeights(variables) };
  }
  writeWeights(variables, best.weights);
  const decoded = await decode(released);
  optimiser.dispose();
  tf.dispose([...variables.values()]);
  return decoded;
}

/** Some rows of pairs. */
function rowsOf({ features, partitions, targets }: Omit<Pairs, "positions" | "volumes">, rows: Int32Array) {
  const gather = (from: Float32Array) => {
    const width = from.length / partitions.length;
    const to = new Float32Array(rows.length * width);
    rows.forEach((row, at) => to.set(from.subarray(row * width, (row + 1) * width), at * width));
    return to;
  };
  return { features: gather(features), partitions: rows.map((row) => partitions[row]), targets: gather(targets) };
}

/** The mean squared difference. */
function meanSquare(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;
}

/** A tensor's values; it is disposed. */
async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  const values = Float32Array.from(await tensor.data<"float32">());
  tensor.dispose();
  return values;
}
