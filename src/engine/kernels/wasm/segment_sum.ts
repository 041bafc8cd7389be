/**
 * `UnsortedSegmentSum`, which tfjs's wasm backend lacks and gather's gradient needs.
 *
 * @module
 */

import { defineKernel } from "../define_kernel.ts";
import type { KernelModule } from "./module.ts";

/** Registers it. */
export function registerSegmentSum(module: KernelModule): void {
  defineKernel("UnsortedSegmentSum", ({ x, segmentIds }, attributes) => {
    const { numSegments } = attributes as { numSegments: number };
    if (x.dtype !== "float32" || segmentIds.dtype !== "int32" || segmentIds.shape.length !== 1) {
      throw new RangeError(
        `unsortedSegmentSum: on the wasm engine x must be float32 and the ids int32 [rows], got ${x.dtype} and ` +
          `${segmentIds.dtype} [${segmentIds.shape}]`,
      );
    }
    const inner = x.shape.slice(1);
    const y = module.zeros([numSegments, ...inner]);
    const pointers = [x, segmentIds, y].map((tensor) => module.pointer(tensor));
    module.call.segmentSum(...pointers, x.shape[0], inner.reduce((a, b) => a * b, 1), numSegments);
    return y;
  });
}
