/**
 * `Add` of float32 tensors of one shape, and of a vector along the last axis (a bias): on all threads, where tfjs's own
 * runs on one and reads a broadcast value by value. What else there is goes to the stock kernel.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { defineKernel } from "../define_kernel.ts";
import { pieces, runElementwise } from "./_pieces.ts";
import type { KernelModule } from "./module.ts";

function addSame(module: KernelModule, a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo {
  const y = module.output(a.shape);
  runElementwise(module, "add", [a, b, y]);
  return y;
}

function addAlongLast(module: KernelModule, x: tf.TensorInfo, row: tf.TensorInfo): tf.TensorInfo {
  const [width] = row.shape;
  const y = module.output(x.shape);
  const parts = pieces(sizeOf(x.shape) / width, width);
  const [from, values, to] = [x, row, y].map((tensor) => module.pointer(tensor));
  module.withScratch(parts.length * width * 16, (repeated) => {
    module.run(parts.map(({ start, count }, i) => [
      "addRow",
      ...[from + start * width * 4, values, to + start * width * 4, count, width, repeated + i * width * 16],
    ]));
  });
  return y;
}

/** Registers it over tfjs's. */
export function registerAdd(module: KernelModule): void {
  defineKernel("wasm", "Add", ({ a, b }, _attributes, stock) => {
    if (a.dtype !== "float32" || b.dtype !== "float32") return stock();
    if (a.shape.join() === b.shape.join()) return addSame(module, a, b);
    const isRow = b.shape.length === 1 && a.shape.length > 1 && b.shape[0] > 1 && b.shape[0] === a.shape.at(-1);
    return isRow ? addAlongLast(module, a, b) : stock();
  });
}
