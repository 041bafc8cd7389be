/**
 * One Adam step in one pass over memory. New weights are a new tensor (a variable's old one may have clones); the
 * moments belong to the optimiser alone and are updated in place.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { sumOfSquaresKernel } from "../../ops/sum_of_squares.ts";
import { adamKernel } from "../../ops/adam.ts";
import { defineKernel } from "../define_kernel.ts";
import { addRows, pieces, runElementwise } from "./_pieces.ts";
import type { KernelModule } from "./module.ts";

/** Registers the step, and the sum of squares that gradient clipping needs. */
export function registerAdam(module: KernelModule): void {
  defineKernel("wasm", adamKernel, ({ weights, gradient, first, second }, settings) => {
    const { scale, beta1, beta2, rate, epsilon, keep } = settings;
    const y = module.output(weights.shape);
    runElementwise(module, "adam", [weights, gradient, first, second, y], [scale, beta1, beta2, rate, epsilon, keep]);
    return y;
  });
  defineKernel("wasm", sumOfSquaresKernel, ({ x }) => {
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
