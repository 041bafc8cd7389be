/** Small dense matrices in float64 with which plans are checked. */
import type { MixingPlan } from "../../../src/mesh/averaging/topologies/topology.ts";

/** Square, row by row. */
export type Matrix = Float64Array[];

export function identity(size: number): Matrix {
  return Array.from({ length: size }, (_, i) => Float64Array.from({ length: size }, (_, j) => i === j ? 1 : 0));
}

export function matrixOf(plan: MixingPlan): Matrix {
  const matrix = identity(plan.length);
  plan.forEach(({ self, partners, weights }, i) => {
    matrix[i][i] = self;
    partners.forEach((partner, k) => matrix[i][partner] = weights[k]);
  });
  return matrix;
}

/** W · product, using the plan's sparsity. */
export function apply(plan: MixingPlan, product: Matrix): Matrix {
  return plan.map(({ self, partners, weights }, i) =>
    product[i].map((value, j) => partners.reduce((sum, from, k) => sum + weights[k] * product[from][j], self * value))
  );
}

/** The largest |value - 1/n|. */
export function distanceToMean(product: Matrix): number {
  const mean = 1 / product.length;
  return Math.max(...product.map((row) => row.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0)));
}

/** E‖Ax − mean‖² / E‖x − mean‖² for independent x: (‖A‖²_F − 1) / (n − 1) for doubly stochastic A. */
export function relativeVariance(product: Matrix): number {
  const squares = product.reduce((sum, row) => row.reduce((part, value) => part + value * value, sum), 0);
  return (squares - 1) / (product.length - 1);
}
