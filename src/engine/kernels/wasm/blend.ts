/**
 * The weighted mean of two tensors in one pass.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { fusedKernels } from "../../_kernel.ts";
import { pieces } from "./_pieces.ts";
import { defineKernel } from "../define_kernel.ts";
import type { KernelModule } from "./module.ts";

/** Registers it. */
export function registerBlend(module: KernelModule): void {
  defineKernel(fusedKernels.blend, ({ a, b }, attributes) => {
    const { share } = attributes as { share: number };
    const y = module.output(a.shape);
    const pointers = [a, b, y].map((tensor) => module.pointer(tensor));
    module.run(
      pieces(tf.util.sizeFromShape(a.shape), 1).map(({ start, count }) => [
        "blend",
        ...pointers.map((pointer) => pointer + start * 4),
        ...[count, share],
      ]),
    );
    return y;
  });
}
