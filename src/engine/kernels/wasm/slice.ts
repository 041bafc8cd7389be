/**
 * `Slice` and `PadV2` of float32 tensors of up to five axes, each the other's gradient: tfjs's wasm backend cuts
 * tensors of five axes in JavaScript, value by value. What else there is goes to the stock kernels.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { defineKernel } from "../define_kernel.ts";
import { pieces } from "./_pieces.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** Axes that a box may have. */
const AXES = 5;

/** A tensor's memory, and where in it the box begins. */
interface Side {
  readonly address: Pointer;
  readonly shape: readonly number[];
  readonly begin: readonly number[];
}

/** Copies the box of `extents` from one tensor into another. */
function copyBox(module: KernelModule, from: Side, to: Side, extents: readonly number[]): void {
  // axes of 1 in front do not change where anything lies
  const lead = new Array<number>(AXES - extents.length).fill(1);
  const full = [...lead, ...extents];
  const sides = [from, to].map(({ address, shape, begin }) => {
    const whole = [...lead, ...shape];
    const steps = whole.map((_, axis) => whole.slice(axis + 1).reduce((a, b) => a * b, 4));
    const start = [...lead.fill(0), ...begin].reduce((sum, at, axis) => sum + at * steps[axis], address);
    return { start, steps };
  });
  const [source, target] = sides;
  // one axis is cut into pieces: the first that has something to cut
  const cut = Math.min(AXES - 2, Math.max(0, full.findIndex((extent) => extent > 1)));
  const values = sizeOf(full);
  module.run(
    pieces(full[cut], values / full[cut]).map(({ start, count }) => [
      "copyBox",
      ...sides.map((side) => side.start + start * side.steps[cut]),
      full[AXES - 1] * 4,
      ...full.slice(0, AXES - 1).map((extent, axis) => axis === cut ? count : extent),
      ...source.steps.slice(0, AXES - 1),
      ...target.steps.slice(0, AXES - 1),
    ]),
  );
}

/** Registers both over tfjs's. */
export function registerSlice(module: KernelModule): void {
  const isOurs = ({ dtype, shape }: tf.TensorInfo) => dtype === "float32" && shape.length > 0 && shape.length <= AXES;
  type Place = number | number[];
  defineKernel<"x", { begin: Place; size: Place }>("wasm", "Slice", ({ x }, { begin, size }, stock) => {
    const [starts, extents] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size);
    if (!isOurs(x) || sizeOf(extents) === 0) return stock();
    tf.slice_util.assertParamsValid(x as tf.Tensor, starts, extents);
    const y = module.output(extents);
    const from = { address: module.pointer(x), shape: x.shape, begin: starts };
    copyBox(module, from, { address: module.pointer(y), shape: extents, begin: extents.map(() => 0) }, extents);
    return y;
  });
  defineKernel<"x", { paddings: [number, number][]; constantValue: number }>(
    "wasm",
    "PadV2",
    ({ x }, { paddings, constantValue }, stock) => {
      if (!isOurs(x) || sizeOf(x.shape) === 0) return stock();
      const shape = x.shape.map((extent, axis) => paddings[axis][0] + extent + paddings[axis][1]);
      const y = module.output(shape);
      const address = module.pointer(y);
      module.run(
        pieces(sizeOf(shape), 1).map(({ start, count }) => ["fill", address + start * 4, count, constantValue]),
      );
      const from = { address: module.pointer(x), shape: x.shape, begin: x.shape.map(() => 0) };
      copyBox(module, from, { address, shape, begin: paddings.map(([before]) => before) }, x.shape);
      return y;
    },
  );
}
