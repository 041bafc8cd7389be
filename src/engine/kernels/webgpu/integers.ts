/**
 * `Add`, `Sub` and `Multiply` of int32, with broadcasting: tfjs's go by way of float32, which holds 24 bits.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { elementJobs, elementwise, type Program, remember } from "./program.ts";

const operators = { Add: "+", Sub: "-", Multiply: "*" } as const;

const combine = remember((operator: string, rank: number): Program => {
  const axes = Array.from({ length: rank }, (_, axis) => axis).reverse();
  return elementwise({
    name: `int32 ${operator}`,
    writes: { y: "i32" },
    reads: { a: "i32", b: "i32" },
    integers: axes.flatMap((axis) => [`extent${axis}`, `stepA${axis}`, `stepB${axis}`]),
    body: `
  var rest = index;
  var placeA = 0;
  var placeB = 0;
  ${
      axes.map((axis) => `
  placeA += rest % uniforms.extent${axis} * uniforms.stepA${axis};
  placeB += rest % uniforms.extent${axis} * uniforms.stepB${axis};
  rest /= uniforms.extent${axis};`).join("")
    }
  y[index] = a[placeA] ${operator} b[placeB];`,
  });
});

/** How far apart neighbours along each axis of `shape` lie in a tensor that is broadcast to it. */
function steps(from: readonly number[], shape: readonly number[]): number[] {
  return shape.map((_, axis) => {
    const own = axis - (shape.length - from.length);
    return own < 0 || from[own] === 1 ? 0 : sizeOf(from.slice(own + 1));
  });
}

/** Registers them over tfjs's. */
export function registerIntegers(): void {
  for (const [name, operator] of Object.entries(operators)) {
    defineWebgpuKernel(name, (backend, { a, b }, _attributes, stock) => {
      if (a.dtype !== "int32" || b.dtype !== "int32") return stock();
      const shape = tf.backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
      const y = backend.output(shape, "int32");
      const [stepsA, stepsB] = [steps(a.shape, shape), steps(b.shape, shape)];
      const scalars: Record<string, number> = { count: sizeOf(shape) };
      shape.forEach((extent, axis) => {
        [scalars[`extent${axis}`], scalars[`stepA${axis}`], scalars[`stepB${axis}`]] = [
          extent,
          stepsA[axis],
          stepsB[axis],
        ];
      });
      backend.launch(combine(operator, shape.length), { y, a, b }, scalars, elementJobs(scalars.count));
      return y;
    });
  }
}
