/**
 * `Tile` of int32 and beyond rank 4, where tfjs's reads the tensor into the process at once, which Deno cannot.
 *
 * @module
 */

import { defineWebgpuKernel } from "./define_kernel.ts";
import { axisRule, gather, isStockRight } from "./gather.ts";

const tile = axisRule("tile", [], "y % extent");

/** Registers it over tfjs's. */
export function registerTile(): void {
  defineWebgpuKernel("Tile", (backend, { x }, attributes, stock) => {
    if (isStockRight(x) || x.dtype === "string") return stock();
    const { reps } = attributes as { reps: readonly number[] };
    const shape = x.shape.map((extent, axis) => extent * reps[axis]);
    return gather(backend, tile, x, { shape, axes: shape.map(() => ({})) });
  });
}
