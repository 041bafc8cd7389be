/**
 * Ridge regression.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { meanSquare, valuesOf } from "./_values.ts";

/** Rows that a regression is made of: [rows, inputs] and [rows, outputs], both centred. */
export interface Sample {
  readonly rows: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Penalties that are tried, as shares of the mean squared input. */
const PENALTIES = [1e-3, 1e-2, 1e-1, 1, 10, 1000];

/** Outputs for the rows `x` by ridge regression on `fit`, with the penalty that is best on `check`. */
export async function ridge(fit: Sample, check: Sample, x: Float32Array): Promise<Float32Array> {
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
