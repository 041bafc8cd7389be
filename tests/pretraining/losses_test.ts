import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import {
  type BankLabels,
  contrastiveLoss,
  LEFT_OUT,
  lossMasks,
  type MaskOptions,
  type RowLabels,
  similarityLogits,
} from "../../src/pretraining/losses.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { Rng } from "../../src/core/rng.ts";
import { dot, unitRows } from "./_references.ts";

const TEMPERATURE = 0.2;

/** l(q, P, Q') straight from the paper, in float64. */
function literalL(q: number[], positives: number[][], sampled: number[][]): number {
  if (positives.length === 0) return 0;
  const negatives = sampled.reduce((sum, n) => sum + Math.exp(dot(q, n) / TEMPERATURE), 0);
  const logs = positives.map((k) => {
    const positive = Math.exp(dot(q, k) / TEMPERATURE);
    return Math.log(positive / (positive + negatives));
  });
  return -logs.reduce((sum, log) => sum + log, 0) / positives.length;
}

function batchedLoss(
  [q, k, n]: [number[][], number[][], number[][]],
  queries: RowLabels,
  keys: RowLabels,
  bank: BankLabels,
  options: MaskOptions,
): number {
  return tf.tidy(() => {
    const masks = lossMasks(queries, keys, bank, options);
    const shape: [number, number] = [masks.rows, masks.columns];
    const candidates = tf.tensor2d([...k, ...n], [masks.columns, q[0].length]);
    const logits = similarityLogits(tf.tensor2d(q), candidates, TEMPERATURE);
    return contrastiveLoss(logits, tf.tensor2d(masks.weights, shape), tf.tensor2d(masks.penalties, shape))
      .dataSync()[0];
  });
}

const labels = (partitions: number[], volumes: number[], views: number[]): RowLabels => ({
  partitions: Int32Array.from(partitions),
  volumes: Int32Array.from(volumes),
  views: Int32Array.from(views),
});

// Two volumes, two views; volume 0 lies in partition 0, volume 1 in partition 1; queries are all four rows.
const ROWS = labels([0, 0, 1, 1], [0, 0, 1, 1], [0, 1, 0, 1]);
// Q': partition 0 remote twice, partition 0 local, partition 2 remote, partition 2 local.
const BANK: BankLabels = { partitions: Int32Array.of(0, 0, 0, 2, 2), remote: Uint8Array.of(1, 1, 0, 1, 0) };

Deno.test("the loss is the paper's: every entry of Q' in the denominator, an empty Lambda vanishes", async () => {
  await tf.setBackend("cpu");
  const rng = new Rng(1);
  const q = unitRows(4, 6, rng), k = unitRows(4, 6, rng), n = unitRows(5, 6, rng);
  const expected = [
    literalL(q[0], [k[1]], n) + literalL(q[0], [n[0], n[1]], n),
    literalL(q[1], [k[0]], n) + literalL(q[1], [n[0], n[1]], n),
    literalL(q[2], [k[3]], n), // no remote entry of partition 1: |Lambda| = 0
    literalL(q[3], [k[2]], n),
  ];
  const loss = batchedLoss([q, k, n], ROWS, ROWS, BANK, { maskedDenominator: false, batchNegatives: false });
  assertAlmostEquals(loss, expected.reduce((sum, value) => sum + value, 0) / 4, 1e-5);
});

Deno.test("with a masked denominator, entries of q's own partition are left out of it", async () => {
  await tf.setBackend("cpu");
  const rng = new Rng(2);
  const q = unitRows(4, 6, rng), k = unitRows(4, 6, rng), n = unitRows(5, 6, rng);
  const others = [n[3], n[4]];
  const expected = [
    literalL(q[0], [k[1]], others) + literalL(q[0], [n[0], n[1]], others),
    literalL(q[1], [k[0]], others) + literalL(q[1], [n[0], n[1]], others),
    literalL(q[2], [k[3]], n),
    literalL(q[3], [k[2]], n),
  ];
  const loss = batchedLoss([q, k, n], ROWS, ROWS, BANK, { maskedDenominator: true, batchNegatives: false });
  assertAlmostEquals(loss, expected.reduce((sum, value) => sum + value, 0) / 4, 1e-5);
});

Deno.test("the batch's keys of other partitions join the negatives, and other volumes the positives", async () => {
  await tf.setBackend("cpu");
  const rng = new Rng(3);
  const q = unitRows(1, 6, rng), k = unitRows(5, 6, rng), n = unitRows(5, 6, rng);
  // the query is view 0 of volume 0; keys: itself, its other view, another volume alike, two of another partition
  const keys = labels([0, 0, 0, 1, 1], [0, 0, 1, 1, 2], [0, 1, 0, 1, 0]);
  const negatives = [k[3], k[4], n[3], n[4]];
  const loss = batchedLoss([q, k, n], labels([0], [0], [0]), keys, BANK, {});
  const expected = literalL(q[0], [k[1], k[2]], negatives) + literalL(q[0], [n[0], n[1]], negatives);
  assertAlmostEquals(loss, expected, 1e-5);
  const viewsOnly = batchedLoss([q, k, n], labels([0], [0], [0]), keys, BANK, { localPositives: "views" });
  assertAlmostEquals(
    viewsOnly,
    literalL(q[0], [k[1]], negatives) + literalL(q[0], [n[0], n[1]], negatives),
    1e-5,
  );
});

Deno.test("structural matching over the whole bank or not at all", async () => {
  await tf.setBackend("cpu");
  const rng = new Rng(4);
  const q = unitRows(1, 6, rng), k = unitRows(2, 6, rng), n = unitRows(5, 6, rng);
  const query = labels([0], [0], [0]), keys = labels([0, 0], [0, 0], [0, 1]);
  const others = [n[3], n[4]];
  const local = literalL(q[0], [k[1]], others);
  assertAlmostEquals(batchedLoss([q, k, n], query, keys, BANK, { structuralMatching: "none" }), local, 1e-5);
  assertAlmostEquals(
    batchedLoss([q, k, n], query, keys, BANK, { structuralMatching: "bank" }),
    local + literalL(q[0], [n[0], n[1], n[2]], others),
    1e-5,
  );
});

Deno.test("a query without any positive contributes nothing, an empty bank is no obstacle", async () => {
  await tf.setBackend("cpu");
  const rng = new Rng(5);
  const q = unitRows(1, 6, rng), k = unitRows(1, 6, rng);
  const empty: BankLabels = { partitions: new Int32Array(0), remote: new Uint8Array(0) };
  const loss = batchedLoss([q, k, []], labels([0], [0], [0]), labels([0], [0], [0]), empty, {});
  assertEquals(loss, 0);
});

Deno.test("logits are cosines over the temperature, and their gradient reaches the queries", async () => {
  await tf.setBackend("cpu");
  const queries = tf.tensor2d([[1, 2], [3, 4]]), candidates = tf.tensor2d([[5, 6], [7, 8], [9, 10]]);
  assertEquals([...similarityLogits(queries, candidates, 0.5).dataSync()], [34, 46, 58, 78, 106, 134]);
  const weights = tf.tensor2d([[1, 0, 0], [0, 1, 2]]);
  const gradient = tf.grad((x) => similarityLogits(x as tf.Tensor2D, candidates, 0.5).mul(weights).sum())(queries);
  assertEquals([...gradient.dataSync()], [10, 12, 50, 56]);
});

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`the gradient agrees with finite differences (${engine})`, async () => {
    await startEngine({ engine });
    const rng = new Rng(6);
    const masks = lossMasks(ROWS, ROWS, BANK);
    const size = masks.rows * masks.columns;
    const logits = Float32Array.from({ length: size }, () => 2 * rng.normal());
    const shape: [number, number] = [masks.rows, masks.columns];
    const weights = tf.tensor2d(masks.weights, shape), penalties = tf.tensor2d(masks.penalties, shape);
    const loss = (x: tf.Tensor) => contrastiveLoss(x as tf.Tensor2D, weights, penalties);
    const gradient = tf.grad(loss)(tf.tensor2d(logits, shape)).dataSync();
    const step = 1e-2;
    for (let i = 0; i < size; i++) {
      const [up, down] = [step, -step].map((delta) => {
        const moved = logits.slice();
        moved[i] += delta;
        return loss(tf.tensor2d(moved, shape)).dataSync()[0];
      });
      assertAlmostEquals(gradient[i], (up - down) / (2 * step), 3e-4);
    }
  });

  Deno.test(`extreme logits neither overflow nor underflow, in value or gradient (${engine})`, async () => {
    await startEngine({ engine });
    const logits = tf.tensor2d([[400, -400, 0], [-400, 400, 0]]);
    const weights = tf.tensor2d([[1, 0, 0], [1, 0, 0]]), penalties = tf.tensor2d([[LEFT_OUT, 0, 0], [LEFT_OUT, 0, 0]]);
    const loss = (x: tf.Tensor) => contrastiveLoss(x as tf.Tensor2D, weights, penalties);
    assertAlmostEquals(loss(logits).dataSync()[0], 800 / 2, 1e-3);
    const gradient = [...tf.grad(loss)(logits).dataSync()];
    for (const [i, expected] of [0, 0, 0, -0.5, 0.5, 0].entries()) assertAlmostEquals(gradient[i], expected, 1e-6);
  });

  Deno.test(`a logit that is NaN makes the loss NaN, with weight or without (${engine})`, async () => {
    await startEngine({ engine });
    const logits = tf.tensor2d([[1, 2, NaN, 4, 5], [1, 2, 3, 4, 5]]), none = tf.zeros<tf.Rank.R2>([2, 5]);
    for (const weights of [none, tf.tensor2d([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]])]) {
      assertEquals([...contrastiveLoss(logits, weights, none).dataSync()], [NaN]);
    }
  });
}
