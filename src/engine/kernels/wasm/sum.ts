/**
 * `Sum` and `Mean` of float32 over neighbouring axes, in place: the stock kernels transpose first, and read the sum over
 * a short last axis value by value. What else there is goes to the stock kernels.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { defineKernel } from "./_register.ts";
import type { KernelModule } from "./module.ts";

/** What tfjs passes with its reductions. */
interface ReductionAttributes {
  readonly axis?: number | number[] | null;
  readonly keepDims?: boolean;
}

/** How `shape` reads as [outer, length, inner] when `axes` are summed; undefined if they do not neighbour each other. */
export function splitAxes(shape: readonly number[], axes: readonly number[]) {
  const sorted = [...axes].sort((a, b) => a - b);
  if (sorted.some((axis, i) => axis !== sorted[0] + i)) return undefined;
  const product = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1);
  const [first, end] = sorted.length === 0 ? [0, 0] : [sorted[0], sorted[sorted.length - 1] + 1];
  return {
    outer: product(shape.slice(0, first)),
    length: product(shape.slice(first, end)),
    inner: product(shape.slice(end)),
  };
}

/** Registers both over tfjs's. */
export function registerSum(module: KernelModule): void {
  for (const name of ["Sum", "Mean"]) {
    defineKernel(name, ({ x }, attributes, stock) => {
      const { axis, keepDims = false } = attributes as ReductionAttributes;
      const axes = tf.util.parseAxisParam(axis ?? x.shape.map((_, i) => i), x.shape);
      const split = x.dtype === "float32" ? splitAxes(x.shape, axes) : undefined;
      if (!split || split.length === 0) return stock!();
      const { outer, length, inner } = split;
      const kept = x.shape.map((extent, i) => axes.includes(i) ? 1 : extent);
      const y = module.output(keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i)));
      const scale = name === "Mean" ? 1 / length : 1;
      module.withScratch(inner * 8, (sums) => {
        module.call.sumMiddle(module.pointer(x), module.pointer(y), outer, length, inner, scale, sums);
      });
      return y;
    });
  }
}
