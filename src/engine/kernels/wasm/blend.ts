/**
 * The weighted mean of two tensors in one pass.
 *
 * @module
 */

import { blendKernel } from "../../ops/blend.ts";
import { defineKernel } from "../define_kernel.ts";
import { runElementwise } from "./_pieces.ts";
import type { KernelModule } from "./module.ts";

/** Registers it. */
export function registerBlend(module: KernelModule): void {
  defineKernel("wasm", blendKernel, ({ a, b }, { share }) => {
    const y = module.output(a.shape);
    runElementwise(module, "blend", [a, b, y], [share]);
    return y;
  });
}
