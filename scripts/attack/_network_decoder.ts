/**
 * A decoder of one hidden layer.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { AdamW } from "../../src/engine/optimiser.ts";
import { variableGradients } from "../../src/model/gradients.ts";
import { Parameters } from "../../src/model/layers.ts";
import { readWeights, writeWeights } from "../../src/model/weights.ts";
import type { DecoderOptions, Embeddings, Pairs } from "./_decoders.ts";
import { PartitionMeans } from "./_partition_means.ts";
import { meanSquare, valuesOf } from "./_values.ts";

/** Sizes of the network's training. */
const [HIDDEN, BATCH, CHECK_EVERY, RATE] = [256, 256, 150, 2e-3];

/**
 * A network of one hidden layer over embedding and partition, for the target's difference from its partition's mean; as
 * it was when it did best on the volumes to check on. [n, values]
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
