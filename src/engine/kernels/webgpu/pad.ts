/**
 * `PadV2` and `MirrorPad` of int32 and beyond rank 4, where tfjs's do not compile. The first is the gradient of every
 * slice.
 *
 * @module
 */

import { defineWebgpuKernel } from "./define_kernel.ts";
import { axisRule, gather, isStockRight } from "./gather.ts";

const pad = axisRule("pad", ["before"], "y - before");

/** Beyond an edge, positions run backwards; `repeat` is 1 where the edge itself is repeated. */
const mirror = axisRule(
  "mirrorPad",
  ["before", "repeat"],
  "select(select(y - before, 2 * extent - 2 + repeat - y + before, y - before >= extent), before - y - repeat, y < before)",
);

interface Paddings {
  readonly paddings: readonly (readonly [number, number])[];
}

/** Registers both over tfjs's. */
export function registerPad(): void {
  const padded = (shape: readonly number[], { paddings }: Paddings) =>
    shape.map((extent, axis) => paddings[axis][0] + extent + paddings[axis][1]);
  defineWebgpuKernel("PadV2", (backend, { x }, attributes, stock) => {
    if (isStockRight(x)) return stock();
    const { paddings, constantValue } = attributes as Paddings & { constantValue: number };
    const axes = paddings.map(([before]) => ({ before }));
    return gather(backend, pad, x, { shape: padded(x.shape, { paddings }), axes, constant: constantValue });
  });
  defineWebgpuKernel("MirrorPad", (backend, { x }, attributes, stock) => {
    if (isStockRight(x)) return stock();
    const { paddings, mode } = attributes as Paddings & { mode: "reflect" | "symmetric" };
    const repeat = mode === "symmetric" ? 1 : 0;
    const axes = paddings.map(([before]) => ({ before, repeat }));
    return gather(backend, mirror, x, { shape: padded(x.shape, { paddings }), axes });
  });
}
