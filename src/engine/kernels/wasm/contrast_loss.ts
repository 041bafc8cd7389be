/**
 * The contrastive loss over rows of similarities, and its gradient in the same pass.
 *
 * @module
 */

import { contrastLossKernel } from "../../ops/contrast_loss.ts";
import { defineKernel } from "../define_kernel.ts";
import { addRows, pieces } from "./_pieces.ts";
import type { KernelModule } from "./module.ts";

/** What the exponentials cost, in values that are merely copied. */
const COST = 4;

/** Registers it. */
export function registerContrastLoss(module: KernelModule): void {
  defineKernel("wasm", contrastLossKernel, ({ logits, weights, penalties }) => {
    const [rows, columns] = logits.shape;
    const [value, gradient] = [[], logits.shape].map((shape) => module.output(shape));
    const pointers = [logits, weights, penalties, gradient].map((tensor) => module.pointer(tensor));
    const parts = pieces(rows, columns * COST);
    const rowBytes = Math.ceil(columns / 4) * 16;
    const [total] = module.withScratch(parts.length * (8 + rowBytes * 3), (rowsOfParts) => {
      const losses = rowsOfParts + parts.length * rowBytes * 3;
      module.run(parts.map(({ start, count }, i) => [
        "contrastLoss",
        ...pointers.map((pointer) => pointer + start * columns * 4),
        ...[count, columns, 1 / rows, losses + i * 8, rowsOfParts + i * rowBytes * 3],
      ]));
      return addRows(module, losses, parts.length, 1);
    });
    module.floats(module.pointer(value), 1)[0] = total / rows;
    return [value, gradient];
  });
}
