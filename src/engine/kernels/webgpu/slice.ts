/**
 * `Slice` of int32; tfjs's is right for float32 at any rank.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { axisRule, gather } from "./gather.ts";

const slice = axisRule("slice", ["begin"], "y + begin");

/** Registers it over tfjs's. */
export function registerSlice(): void {
  defineWebgpuKernel("Slice", (backend, { x }, attributes, stock) => {
    const { begin, size } = attributes as { begin: number[]; size: number[] };
    const [first, shape] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size);
    tf.slice_util.assertParamsValid(x as tf.Tensor, first, shape);
    if (x.dtype !== "int32" || sizeOf(shape) === 0) return stock();
    return gather(backend, slice, x, { shape, axes: first.map((begin) => ({ begin })) });
  });
}
