/**
 * `Reverse` of int32 and beyond rank 4.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { axisRule, gather, isStockRight } from "./gather.ts";

const reverse = axisRule("reverse", ["reversed"], "select(y, extent - 1 - y, reversed == 1)");

/** Registers it over tfjs's. */
export function registerReverse(): void {
  defineWebgpuKernel("Reverse", (backend, { x }, attributes, stock) => {
    if (isStockRight(x)) return stock();
    const { dims } = attributes as { dims: number | number[] };
    const reversed = tf.util.parseAxisParam(dims, [...x.shape]);
    const axes = x.shape.map((_, axis) => ({ reversed: reversed.includes(axis) ? 1 : 0 }));
    return gather(backend, reverse, x, { shape: x.shape, axes });
  });
}
