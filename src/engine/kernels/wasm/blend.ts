/**
 * The weighted mean of two tensors in one pass.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { blendKernel } from "../../ops/blend.ts";
import { defineKernel } from "../define_kernel.ts";
import { pieces } from "./_pieces.ts";
import type { KernelModule } from "./module.ts";

/** Registers it. */
export function registerBlend(module: KernelModule): void {
  defineKernel("wasm", blendKernel, ({ a, b }, { share }) => {
    const y = module.output(a.shape);
    const pointers = [a, b, y].map((tensor) => module.pointer(tensor));
    module.run(
      pieces(sizeOf(a.shape), 1).map(({ start, count }) => [
        "blend",
        ...pointers.map((pointer) => pointer + start * 4),
        ...[count, share],
      ]),
    );
    return y;
  });
}
