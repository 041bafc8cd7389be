/**
 * One Adam step in one pass over memory. New weights are a new tensor (a variable's old one may have clones); the
 * moments belong to the optimiser alone and are updated in place.
 *
 * @module
 */

import { fusedKernels } from "../../_kernel.ts";
import { addRows, pieces } from "./_pieces.ts";
import { defineKernel } from "../define_kernel.ts";
import type { KernelModule } from "./module.ts";

/** The scalars of one step. */
export interface AdamAttributes {
  /** Multiplies the gradient. */
  readonly scale: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Learning rate and epsilon with the bias corrections in them. */
  readonly rate: number;
  readonly epsilon: number;
  /** What weight decay leaves of the weights. */
  readonly keep: number;
}

/** Registers the step, and the sum of squares that gradient clipping needs. */
export function registerAdam(module: KernelModule): void {
  const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  defineKernel(fusedKernels.adam, ({ weights, gradient, first, second }, attributes) => {
    const { scale, beta1, beta2, rate, epsilon, keep } = attributes as AdamAttributes;
    const y = module.output(weights.shape);
    const pointers = [weights, gradient, first, second, y].map((tensor) => module.pointer(tensor));
    module.run(
      pieces(sizeOf(weights.shape), 1).map(({ start, count }) => [
        "adam",
        ...pointers.map((pointer) => pointer + start * 4),
        ...[count, scale, beta1, beta2, rate, epsilon, keep],
      ]),
    );
    return y;
  });
  defineKernel(fusedKernels.sumOfSquares, ({ x }) => {
    const y = module.output([]);
    const from = module.pointer(x);
    const parts = pieces(sizeOf(x.shape), 1);
    const [sum] = module.withScratch(parts.length * 8, (sums) => {
      module.run(parts.map(({ start, count }, i) => ["sumOfSquares", from + start * 4, count, sums + i * 8]));
      return addRows(module, sums, parts.length, 1);
    });
    module.floats(module.pointer(y), 1)[0] = sum;
    return y;
  });
}
