/**
 * `SpaceToBatchND` and `BatchToSpaceND` beyond rank 4. Axis 0 is the batch; axis i > 0 has blocks of `block` positions
 * (1 where it has none), and `step`: how far in the batch the next position within a block lies.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { gather, type Rule } from "./gather.ts";

const scalars = ["block", "step", "before"];

const axesFrom1 = (rank: number) => Array.from({ length: rank - 1 }, (_, i) => i + 1);

const spaceToBatch: Rule = {
  name: "spaceToBatch",
  scalars,
  statements: (rank) => `
  let x0 = y0 % uniforms.xExtent0;
  ${
    axesFrom1(rank).map((axis) =>
      `let x${axis} = y${axis} * uniforms.block${axis} + y0 / uniforms.step${axis} % uniforms.block${axis} - uniforms.before${axis};`
    ).join("\n  ")
  }`,
};

const batchToSpace: Rule = {
  name: "batchToSpace",
  scalars,
  statements: (rank) => `
  var x0 = y0;
  ${
    axesFrom1(rank).map((axis) =>
      `let x${axis} = (y${axis} + uniforms.before${axis}) / uniforms.block${axis};
  x0 += (y${axis} + uniforms.before${axis}) % uniforms.block${axis} * uniforms.step${axis};`
    ).join("\n  ")
  }`,
};

type Pairs = readonly (readonly [number, number])[];

/** Each axis's scalars; `batch` is that of the tensor with whole images. */
function axesOf(rank: number, batch: number, blockShape: readonly number[], before: Pairs) {
  return Array.from({ length: rank }, (_, axis) => {
    const place = axis - 1;
    const blocked = place >= 0 && place < blockShape.length;
    return {
      block: blocked ? blockShape[place] : 1,
      step: blocked ? batch * sizeOf(blockShape.slice(place + 1)) : batch,
      before: blocked ? before[place][0] : 0,
    };
  });
}

/** Registers both over tfjs's. */
export function registerSpaceToBatch(): void {
  defineWebgpuKernel("SpaceToBatchND", (backend, { x }, attributes, stock) => {
    if (x.shape.length <= 4) return stock();
    const { blockShape, paddings } = attributes as { blockShape: readonly number[]; paddings: Pairs };
    const axes = axesOf(x.shape.length, x.shape[0], blockShape, paddings);
    const shape = x.shape.map((extent, axis) => {
      if (axis === 0) return extent * sizeOf(blockShape);
      const [before, after] = paddings[axis - 1] ?? [0, 0];
      return (before + extent + after) / axes[axis].block;
    });
    return gather(backend, spaceToBatch, x, { shape, axes });
  });
  defineWebgpuKernel("BatchToSpaceND", (backend, { x }, attributes, stock) => {
    if (x.shape.length <= 4) return stock();
    const { blockShape, crops } = attributes as { blockShape: readonly number[]; crops: Pairs };
    const batch = x.shape[0] / sizeOf(blockShape);
    const axes = axesOf(x.shape.length, batch, blockShape, crops);
    const shape = x.shape.map((extent, axis) => {
      if (axis === 0) return batch;
      const [before, after] = crops[axis - 1] ?? [0, 0];
      return extent * axes[axis].block - before - after;
    });
    return gather(backend, batchToSpace, x, { shape, axes });
  });
}
