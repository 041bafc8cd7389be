/**
 * `UnsortedSegmentSum`, which tfjs's wasm backend lacks and gather's gradient needs.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { defineKernel } from "../define_kernel.ts";
import type { KernelModule } from "./module.ts";

/** Registers it. */
export function registerSegmentSum(module: KernelModule): void {
  defineKernel<"x" | "segmentIds", { numSegments: number }>(
    "wasm",
    "UnsortedSegmentSum",
    ({ x, segmentIds }, { numSegments }) => {
      if (x.dtype !== "float32" || segmentIds.dtype !== "int32" || segmentIds.shape.length !== 1) {
        throw new RangeError(
          `unsortedSegmentSum: on the wasm engine x must be float32 and the ids int32 [rows], got ${x.dtype} and ` +
            `${segmentIds.dtype} [${segmentIds.shape}]`,
        );
      }
      const inner = x.shape.slice(1);
      const y = module.zeros([numSegments, ...inner]);
      const pointers = [x, segmentIds, y].map((tensor) => module.pointer(tensor));
      module.run([["segmentSum", ...pointers, x.shape[0], sizeOf(inner), numSegments]]);
      return y;
    },
  );
}
