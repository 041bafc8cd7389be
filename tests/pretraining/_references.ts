/** What the losses are checked against: plain loops in float64. */
import { assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../src/core/rng.ts";

/** Random rows of norm 1. */
export function unitRows(rows: number, d: number, rng: Rng): number[][] {
  return Array.from({ length: rows }, () => {
    const row = Array.from({ length: d }, () => rng.normal());
    const norm = Math.hypot(...row);
    return row.map((value) => value / norm);
  });
}

/** The inner product. */
export const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Holds the gradient of `loss` at `x` to central differences of `reference`. */
export function gradientAgrees(
  x: number[][],
  loss: (x: tf.Tensor2D) => tf.Scalar,
  reference: (x: number[][]) => number,
): void {
  const gradient = tf.grad((x) => loss(x as tf.Tensor2D))(tf.tensor2d(x)).dataSync();
  const step = 1e-5;
  x.forEach((row, i) =>
    row.forEach((_, j) => {
      const [up, down] = [step, -step].map((offset) => {
        const moved = x.map((values) => [...values]);
        moved[i][j] += offset;
        return reference(moved);
      });
      assertAlmostEquals(gradient[i * row.length + j], (up - down) / (2 * step), 1e-4, `at ${i}, ${j}`);
    })
  );
}
